package main

import "tcpclose/flows/report"

// newMarkdownSink makes the sink of the report for issues and pull requests.
func newMarkdownSink(x *export) sink {
	return x.digestSink(report.MarkdownStudies, (*report.HTMLReport).WriteMarkdown)
}
