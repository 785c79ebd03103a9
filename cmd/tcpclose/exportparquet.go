package main

import (
	"io"

	"tcpclose/flows/report"
)

// newParquetSink makes the sink of rows, which are kept as few octets until their order is known: they are written in order,
// column by column.
func newParquetSink(x *export) sink {
	return &textSink{g: x.gatherer(report.PackParquet), flow: func(out io.Writer, g *gatherer) error {
		return report.WriteParquet(out, version(), g.texts())
	}}
}
