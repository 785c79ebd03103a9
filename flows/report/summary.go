package report

import (
	"tcpclose/decode"
	"tcpclose/flows"
)

// AppendSummary appends the last line of an NDJSON stream: what was read, what was left out and why. shown is how many
// conversations the stream holds.
func (e *Encoder) AppendSummary(b []byte, s *flows.Summary, shown uint64) []byte {
	b = append(append(append(b, `{"summary":{"schema":"`...), Schema...), `","capture":`...)
	b = appendCapture(b, s)
	b = appendUint(append(b, `,"shown":`...), shown)
	b = append(b, ',')
	return append(appendOutcome(b, s), "}}"...)
}

// appendCapture appends what was read: the files and interfaces, and how much was in them.
func appendCapture(b []byte, s *flows.Summary) []byte {
	var c clock
	b = append(b, `{"files":[`...)
	ranges := frameRanges(s.Files)
	for i := range s.Files {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendFileInfo(b, &s.Files[i], ranges, i, &c)
	}
	b = append(b, `],"interfaces":[`...)
	for i := range s.Interfaces {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendInterface(b, &s.Interfaces[i])
	}
	b = appendUint(append(b, `],"packets":`...), s.Packets)
	b = appendUint(append(b, `,"segments":`...), s.Segments)
	b = appendUint(append(b, `,"icmp_errors":`...), s.ICMPErrors)
	b = appendUint(append(b, `,"outside":`...), s.Outside)
	b = appendUint(append(b, `,"conversations":`...), s.Conversations)
	b = appendUint(append(b, `,"drops":`...), s.Drops)
	b = appendUint(append(b, `,"clock_jumps":`...), s.ClockJumps)
	b = c.append(b, &stampFirst, s.First)
	b = c.append(b, &stampLast, s.Last)
	return append(b, '}')
}

var (
	stampFirst = stampOf("first")
	stampLast  = stampOf("last")
)

func appendFileInfo(b []byte, f *decode.FileInfo, ranges []frameRange, i int, c *clock) []byte {
	b = appendString(append(b, `{"path":`...), f.Path)
	b = appendString(append(b, `,"format":`...), f.Format)
	b = appendOptional(append(b, `,"compression":`...), f.Compression)
	b = append(b, `,"size":`...)
	if f.Size < 0 {
		b = append(b, "null"...)
	} else {
		b = appendInt(b, f.Size)
	}
	b = appendUint(append(b, `,"packets":`...), f.Packets)
	first, last := f.First, f.Last
	if !f.Timed {
		first, last = flows.NoTime, flows.NoTime
	}
	b = c.append(b, &stampFirst, first)
	b = c.append(b, &stampLast, last)
	var r frameRange
	if ranges != nil {
		r = ranges[i]
	}
	b = appendFrame(append(b, `,"first_frame":`...), r.first)
	b = appendFrame(append(b, `,"last_frame":`...), r.last)
	b = appendUint(append(b, `,"drops":`...), f.Drops)
	b = appendStrings(append(b, `,"comments":`...), f.Comments)
	b = appendUint(append(b, `,"damages":`...), f.Damages)
	b = appendOptional(append(b, `,"skipped":`...), f.Skipped)
	if f.Complete {
		return append(b, `,"complete":true}`...)
	}
	return append(b, `,"complete":false}`...)
}

func appendInterface(b []byte, f *decode.Interface) []byte {
	b = appendUint(append(b, `{"file":`...), uint64(f.File))
	b = appendOptional(append(b, `,"name":`...), f.Name)
	b = appendOptional(append(b, `,"description":`...), f.Description)
	b = appendOptional(append(b, `,"filter":`...), f.Filter)
	b = appendUint(append(b, `,"link_type":`...), uint64(f.LinkType))
	b = appendFrame(append(b, `,"snap_length":`...), uint64(f.SnapLen))
	b = appendUint(append(b, `,"packets":`...), f.Packets)
	b = appendUint(append(b, `,"dropped":`...), f.Stats.Lost())
	return append(b, '}')
}

// appendOutcome appends the members that tell how the conversations ended and what was left out.
func appendOutcome(b []byte, s *flows.Summary) []byte {
	b = append(b, `"classes":{`...)
	n := len(b)
	for class, count := range s.ByClass {
		if count == 0 {
			continue
		}
		if len(b) > n {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), flows.Class(class).String()...), `":`...)
		b = appendUint(b, count)
	}
	b = appendUint(append(b, `},"late":`...), s.Late)
	b = appendUint(append(b, `,"evicted":`...), s.Evicted)
	b = appendUint(append(b, `,"stray_icmp_errors":`...), s.Stray)
	b = appendUint(append(b, `,"damage_count":`...), s.DamageCount)
	b = append(b, `,"damages":[`...)
	for i := range s.Damages {
		d := &s.Damages[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"file":`...), d.Path)
		b = append(append(append(b, `,"kind":"`...), d.Kind.String()...), '"')
		b = appendInt(append(b, `,"offset":`...), d.Offset)
		b = appendFrame(append(b, `,"after_file_frame":`...), d.AfterFrame)
		b = append(b, `,"bytes_lost":`...)
		if d.Lost < 0 {
			b = append(b, "null"...)
		} else {
			b = appendInt(b, d.Lost)
		}
		b = appendInt(append(b, `,"compressed_bytes_lost":`...), d.Packed)
		b = appendString(append(b, `,"text":`...), d.Error())
		b = append(b, '}')
	}
	b = appendFindings(append(b, `],"findings":`...), s.Findings)
	b = append(b, `,"skipped":[`...)
	for i := range s.Skips {
		k := &s.Skips[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, `{"layer":"`...), k.Layer.String()...), '"')
		b = append(append(append(b, `,"reason":"`...), k.Reason.String()...), '"')
		b = appendString(append(b, `,"text":`...), k.Reason.Text())
		if k.Reason.Faulty() {
			b = append(b, `,"fault":true`...)
		} else {
			b = append(b, `,"fault":false`...)
		}
		b = appendUint(append(b, `,"frames":`...), k.Count)
		b = appendFrame(append(b, `,"first_frame":`...), k.First)
		b = append(b, '}')
	}
	b = append(b, `],"read_error":`...)
	if s.ReadError != nil {
		b = appendString(b, s.ReadError.Error())
	} else {
		b = append(b, "null"...)
	}
	if s.Interrupted {
		b = append(b, `,"interrupted":true`...)
	} else {
		b = append(b, `,"interrupted":false`...)
	}
	if s.Complete {
		return append(b, `,"complete":true`...)
	}
	return append(b, `,"complete":false`...)
}

// appendOptional appends a text, or null for an empty one.
func appendOptional(b []byte, text string) []byte {
	if text == "" {
		return append(b, "null"...)
	}
	return appendString(b, text)
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}
