package report

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/parquet-go/parquet-go"
)

func TestParquetReadsBackAsItWasWritten(t *testing.T) {
	list := samples()
	var b bytes.Buffer
	err := WriteParquet(&b, "test", func(yield func([]byte) bool) {
		var packed []byte // each row is valid until the next one
		for i := range list {
			packed = PackParquet(packed[:0], &list[i])
			if !yield(packed) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.Read[ParquetRow](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(list) {
		t.Fatalf("%d rows of %d conversations", len(rows), len(list))
	}
	for i := range list {
		want := ParquetRowOf(&list[i])
		got := rows[i]
		got.Start, got.End = got.Start.UTC(), got.End.UTC()
		if got.ID != want.ID || got.Class != want.Class || !got.Start.Equal(want.Start) || len(got.States) != len(want.States) ||
			len(got.Marks) != len(want.Marks) || !reflect.DeepEqual(got.Client, want.Client) || !reflect.DeepEqual(got.Server, want.Server) {
			t.Errorf("row %d reads\n%+v\nwant\n%+v", i, got, want)
		}
		for j := range want.States {
			g, w := got.States[j], want.States[j]
			if g.State != w.State || g.Side != w.Side || (g.Earliest == nil) != (w.Earliest == nil) || g.Earliest != nil && !g.Earliest.Equal(*w.Earliest) {
				t.Errorf("row %d: state %d reads %+v, want %+v", i, j, g, w)
			}
		}
		for j := range want.Causes {
			if !reflect.DeepEqual(got.Causes[j], want.Causes[j]) {
				t.Errorf("row %d: cause %d reads %+v, want %+v", i, j, got.Causes[j], want.Causes[j])
			}
		}
	}
}

func TestParquetOfNothingIsAFile(t *testing.T) {
	var b bytes.Buffer
	if err := WriteParquet(&b, "test", func(func([]byte) bool) {}); err != nil {
		t.Fatal(err)
	}
	if rows, err := parquet.Read[ParquetRow](bytes.NewReader(b.Bytes()), int64(b.Len())); err != nil || len(rows) != 0 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestARowIsUnpackedAsItWasPacked(t *testing.T) {
	for _, c := range samples() {
		packed := PackParquet(nil, &c)
		var got ParquetRow
		if err := unpackParquet(packed, &got); err != nil {
			t.Fatal(err)
		}
		if want := ParquetRowOf(&c); !reflect.DeepEqual(got, want) {
			t.Errorf("conversation %d:\ngot  %+v\nwant %+v", c.ID, got, want)
		}
		for n := range packed {
			if err := unpackParquet(packed[:n], new(ParquetRow)); err == nil {
				t.Errorf("%d octets of %d make a row", n, len(packed))
			}
		}
		if err := unpackParquet(append(packed, 0), new(ParquetRow)); err == nil {
			t.Error("an octet too many is not noticed")
		}
	}
}
