package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"time"

	"tcpclose/flows"
)

// queueText renders a queue's length, which most captures do not tell.
func queueText(n int64) string {
	if n < 0 {
		return "?"
	}
	return strconv.FormatInt(n, 10)
}

// sureText says how a socket is known: by the grade of the change that led to its state, and whether it may be gone.
func sureText(s *flows.Socket) string {
	if s.Certain {
		return s.Grade.String()
	}
	return s.Grade.String() + ", maybe"
}

// WriteSockets writes a socket table as ss -tan prints it, with how long each socket was in its state, how sure that is,
// and its conversation.
func WriteSockets(w io.Writer, list []flows.Socket, cut uint64, at int64, width int) error {
	out := bufio.NewWriter(w)
	columns := []gridColumn{
		{title: "State"},
		{title: "Recv-Q", right: true, rank: 2},
		{title: "Send-Q", right: true, rank: 2},
		{title: "Local Address:Port", right: true, least: addressWidth, floor: 13, cut: cutAddress},
		{title: "Peer Address:Port", right: true, least: addressWidth, floor: 13, cut: cutAddress},
		{title: "for", right: true, rank: 1},
		{title: "grade"},
		{title: "id", right: true},
	}
	err := writeGrid(out, columns, func(yield func([]string) bool) {
		for i := range list {
			s := &list[i]
			row := []string{
				s.State.SS(), queueText(s.RecvQ), queueText(s.SendQ), s.Local.String(), s.Peer.String(),
				duration(max(at-s.Since, 0)), sureText(s), strconv.FormatUint(s.ID, 10),
			}
			if !yield(row) {
				return
			}
		}
	}, width)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%s at %s", count(uint64(len(list))+cut, "socket"), time.Unix(0, at).UTC().Format("2006-01-02T15:04:05.000000000Z"))
	if cut > 0 {
		fmt.Fprintf(out, ", of which %s are not listed", grouped(cut))
	}
	fmt.Fprintln(out)
	return out.Flush()
}

// WriteSocketsCSV writes a socket table as RFC 4180 asks.
func WriteSocketsCSV(w io.Writer, list []flows.Socket) error {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString("state,recv_q,send_q,local,peer,since_ns,grade,certain,id,side\r\n")
	for i := range list {
		s := &list[i]
		fmt.Fprintf(out, "%s,%s,%s,%s,%s,%d,%s,%t,%d,%s\r\n", s.State, queueCell(s.RecvQ), queueCell(s.SendQ), s.Local, s.Peer,
			s.Since, s.Grade, s.Certain, s.ID, s.Side)
	}
	return out.Flush()
}

func queueCell(n int64) string {
	if n < 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// WriteSocketsJSON writes a socket table as one JSON document.
func WriteSocketsJSON(w io.Writer, list []flows.Socket, cut uint64, at int64, complete bool) error {
	out := bufio.NewWriter(w)
	var c clock
	b := append(append([]byte(`{"schema":"`), Schema...), '"')
	b = c.append(b, &stampTime, at)
	b = append(b, `,"sockets":[`...)
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		s := &list[i]
		b = fmt.Appendf(b, "\n{\"id\":%d,\"side\":\"%s\",\"state\":\"%s\",\"grade\":\"%s\",\"certain\":%t,\"recv_q\":%s,\"send_q\":%s,\"local\":\"%s\",\"peer\":\"%s\"",
			s.ID, s.Side, s.State, s.Grade, s.Certain, orNullText(queueCell(s.RecvQ)), orNullText(queueCell(s.SendQ)), s.Local, s.Peer)
		b = append(c.append(b, &stampSince, s.Since), '}')
		_, _ = out.Write(b) // bufio keeps the error for Flush
		b = b[:0]
	}
	b = fmt.Appendf(b, "\n],\"left_out\":%d,\"complete\":%t}\n", cut, complete)
	_, _ = out.Write(b)
	return out.Flush()
}

func orNullText(number string) string {
	if number == "" {
		return "null"
	}
	return number
}
