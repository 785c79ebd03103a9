package report

import (
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/parquet-go/parquet-go"

	"tcpclose/flows"
)

// A ParquetRow is a conversation as a row of a Parquet file: typed columns, times as UTC timestamps in nanoseconds, lists
// of structures for what there can be many of. Names are those of the JSON's members and of the CSV's columns.
//
// README.md has queries for DuckDB, Polars and ClickHouse; a test runs those for DuckDB.
type ParquetRow struct {
	ID              uint64         `parquet:"id"`
	ClientIP        string         `parquet:"client_ip,dict"`
	ClientPort      uint16         `parquet:"client_port"`
	ServerIP        string         `parquet:"server_ip,dict"`
	ServerPort      uint16         `parquet:"server_port"`
	RolesBy         string         `parquet:"roles_by,dict"`
	Class           string         `parquet:"class,dict"`
	Shape           string         `parquet:"shape,dict"`
	FirstCloser     *string        `parquet:"first_closer,optional,dict"`
	ResetBy         *string        `parquet:"reset_by,optional,dict"`
	Final           bool           `parquet:"final"`
	Start           time.Time      `parquet:"start,timestamp(nanosecond)"`
	End             time.Time      `parquet:"end,timestamp(nanosecond)"`
	DurationNS      int64          `parquet:"duration_ns"`
	CloseStart      *time.Time     `parquet:"close_start,optional,timestamp(nanosecond)"`
	CloseDurationNS *int64         `parquet:"close_duration_ns,optional"`
	IdleNS          *int64         `parquet:"idle_before_close_ns,optional"`
	Client          ParquetEnd     `parquet:"client"`
	Server          ParquetEnd     `parquet:"server"`
	States          []ParquetState `parquet:"states,list"`
	Marks           []ParquetMark  `parquet:"marks,list"`
	Causes          []ParquetCause `parquet:"causes,list"`
	Uncertain       []ParquetDoubt `parquet:"uncertain,list"`
	Pairs           []ParquetPair  `parquet:"pairs,list"`
	FirstFrame      uint64         `parquet:"first_frame"`
	LastFrame       uint64         `parquet:"last_frame"`
	VLAN            *uint16        `parquet:"vlan,optional"`
	ZeekState       string         `parquet:"zeek_conn_state,dict"`
}

// A ParquetEnd is one endpoint.
type ParquetEnd struct {
	Name        *string `parquet:"name,optional,dict"`
	NameBy      *string `parquet:"name_by,optional,dict"`
	LastState   string  `parquet:"last_state,dict"`
	Packets     uint64  `parquet:"packets"`
	Bytes       uint64  `parquet:"bytes"`
	DataBytes   uint64  `parquet:"data_bytes"`
	BytesLost   uint64  `parquet:"bytes_lost"`
	Retrans     uint32  `parquet:"retransmissions"`
	RTTNS       *int64  `parquet:"rtt_ns,optional"`
	FINFrame    *uint64 `parquet:"fin_frame,optional"`
	FINResends  uint32  `parquet:"fin_resends"`
	FINAcked    *uint64 `parquet:"fin_acked_frame,optional"`
	RSTFrame    *uint64 `parquet:"rst_frame,optional"`
	RSTKind     *string `parquet:"rst_kind,optional,dict"`
	RSTVerdict  *string `parquet:"rst_verdict,optional,dict"`
	RSTs        uint32  `parquet:"rst_sent"`
	FinWait1NS  int64   `parquet:"fin_wait_1_ns"`
	FinWait2NS  int64   `parquet:"fin_wait_2_ns"`
	ClosingNS   int64   `parquet:"closing_ns"`
	TimeWaitNS  int64   `parquet:"time_wait_ns"`
	CloseWaitNS int64   `parquet:"close_wait_ns"`
	LastAckNS   int64   `parquet:"last_ack_ns"`
}

// A ParquetState is one state change of one side.
type ParquetState struct {
	Side     string     `parquet:"side,dict"`
	State    string     `parquet:"state,dict"`
	Grade    string     `parquet:"grade,dict"`
	Frame    *uint64    `parquet:"frame,optional"`
	Earliest *time.Time `parquet:"earliest,optional,timestamp(nanosecond)"`
	Latest   *time.Time `parquet:"latest,optional,timestamp(nanosecond)"`
}

// A ParquetMark is one mark.
type ParquetMark struct {
	ID    string    `parquet:"id,dict"`
	Side  *string   `parquet:"side,optional,dict"`
	Frame *uint64   `parquet:"frame,optional"`
	Time  time.Time `parquet:"time,timestamp(nanosecond)"`
}

// A ParquetCause is one candidate cause; the best comes first.
type ParquetCause struct {
	ID         string   `parquet:"id,dict"`
	Confidence string   `parquet:"confidence,dict"`
	Frames     []uint64 `parquet:"frames,list"`
}

// A ParquetDoubt is what the capture leaves open.
type ParquetDoubt struct {
	What         string   `parquet:"what,dict"`
	Text         string   `parquet:"text"`
	Alternatives []string `parquet:"alternatives,list"`
}

// A ParquetPair is an other leg.
type ParquetPair struct {
	ID         uint64  `parquet:"id"`
	Kind       string  `parquet:"kind,dict"`
	Confidence string  `parquet:"confidence,dict"`
	Beyond     string  `parquet:"beyond,dict"`
	Origin     *string `parquet:"reset_origin,optional,dict"` // where the RST comes from that ended this leg
}

// named is nil for an empty text.
func named(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// given is nil for frame 0.
func given(frame uint64) *uint64 {
	if frame == 0 {
		return nil
	}
	return &frame
}

func lasting(ns int64) *int64 {
	if ns == flows.NoTime {
		return nil
	}
	return &ns
}

func instant(ns int64) *time.Time {
	if ns == flows.NoTime {
		return nil
	}
	t := time.Unix(0, ns).UTC()
	return &t
}

// ParquetRowOf returns a conversation's row, which shares no memory with it.
func ParquetRowOf(t *flows.Teardown) ParquetRow {
	client, server := t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr
	r := ParquetRow{
		ID: t.ID, ClientIP: client.Addr().String(), ClientPort: client.Port(), ServerIP: server.Addr().String(), ServerPort: server.Port(),
		RolesBy: t.RolesBy.String(), Class: t.Class.String(), Shape: t.Shape.String(), FirstCloser: named(t.Closer.String()),
		ResetBy: named(t.ResetBy.String()), Final: t.Final, Start: time.Unix(0, t.Start).UTC(), End: time.Unix(0, t.Last).UTC(),
		DurationNS: t.Duration(), CloseStart: instant(t.CloseStart), CloseDurationNS: lasting(t.CloseDuration()),
		IdleNS: lasting(idleBeforeClose(t)), Client: parquetEnd(t, flows.Client), Server: parquetEnd(t, flows.Server),
		FirstFrame: t.FirstFrame, LastFrame: t.LastFrame, ZeekState: flows.ZeekState(t),
	}
	if id, ok := vlanID(t); ok {
		v := uint16(id)
		r.VLAN = &v
	}
	for side := range flows.Side(2) {
		for _, tr := range t.Ends[side].States {
			r.States = append(r.States, ParquetState{side.String(), tr.State.String(), tr.Grade.String(), given(tr.Frame), instant(tr.Earliest), instant(tr.Latest)})
		}
	}
	for _, m := range t.Marks {
		r.Marks = append(r.Marks, ParquetMark{m.ID.String(), named(m.Who.String()), given(m.Frame), time.Unix(0, m.Time).UTC()})
	}
	for i := range t.Causes {
		c := &t.Causes[i]
		r.Causes = append(r.Causes, ParquetCause{c.ID.String(), c.Confidence.String(), append([]uint64(nil), c.Evidence()...)})
	}
	for i := range t.Uncertain {
		d := &t.Uncertain[i]
		r.Uncertain = append(r.Uncertain, ParquetDoubt{d.What, plainText(d.Text), append([]string(nil), d.Alternatives...)})
	}
	for i := range t.Pairs {
		p := &t.Pairs[i]
		row := ParquetPair{p.ID, p.Kind.String(), p.Confidence.String(), p.Beyond.String(), nil}
		if f, ok := t.Follow(p); ok {
			row.Origin = named(f.Origin.String())
		}
		r.Pairs = append(r.Pairs, row)
	}
	return r
}

func parquetEnd(t *flows.Teardown, side flows.Side) ParquetEnd {
	e := &t.Ends[side]
	out := ParquetEnd{
		Name: named(e.Name), NameBy: named(e.NameBy.String()), LastState: LastState(t, side).String(), Packets: e.Packets, Bytes: e.Bytes, DataBytes: e.DataBytes, BytesLost: e.BytesLost,
		Retrans: e.Retrans, RTTNS: lasting(e.RTT), FINFrame: given(e.FIN.Frame), FINResends: e.FIN.Resends, FINAcked: given(e.FIN.Acked),
		RSTFrame: given(e.RST.Frame), RSTKind: named(e.RST.Kind.String()), RSTs: e.RST.Number,
		FinWait1NS: e.Held[flows.FinWait1], FinWait2NS: e.Held[flows.FinWait2], ClosingNS: e.Held[flows.Closing],
		TimeWaitNS: e.Held[flows.TimeWait], CloseWaitNS: e.Held[flows.CloseWait], LastAckNS: e.Held[flows.LastAck],
	}
	if e.RST.Frame != 0 {
		out.RSTVerdict = named(e.RST.Verdict.String())
	}
	return out
}

// parquetGroup is how many rows form a row group: enough to compress, few enough to hold.
const parquetGroup = 50_000

// WriteParquet writes conversations, one a row, compressed with Zstandard. rows are what PackParquet made of each.
func WriteParquet(w io.Writer, version string, rows iter.Seq[[]byte]) error {
	out := parquet.NewGenericWriter[ParquetRow](w,
		parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(parquetGroup), parquet.CreatedBy("tcpclose", version, ""),
		parquet.KeyValueMetadata("schema", Schema))
	batch := make([]ParquetRow, 0, 256)
	flush := func() error {
		_, err := out.Write(batch)
		clear(batch)
		batch = batch[:0]
		if err != nil {
			return fmt.Errorf("parquet: %w", err)
		}
		return nil
	}
	for packed := range rows {
		batch = append(batch, ParquetRow{})
		if err := unpackParquet(packed, &batch[len(batch)-1]); err != nil {
			return err
		}
		if len(batch) < cap(batch) {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	return nil
}
