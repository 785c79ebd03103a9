package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoTerminal returns a terminal that nobody looks at.
func pseudoTerminal(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminal to be had:", err)
	}
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	return slave
}

// What is no text would garble a terminal.
func TestOnlyTextGoesToATerminal(t *testing.T) {
	inFolder(t)
	tty := pseudoTerminal(t)
	for line, want := range map[string]int{
		"extract trace.pcap":                                     exitUsage,
		"extract trace.pcap -o new.pcapng":                       exitOK,
		"report trace.pcap -T pcapng":                            exitUsage,
		"report trace.pcap -T parquet":                           exitUsage,
		"report trace.pcap -T parquet -T csv=new.csv":            exitUsage,
		"report trace.pcap -T parquet=new.parquet":               exitOK,
		"report trace.pcap -T parquet -o other.parquet":          exitOK,
		"report trace.pcap -T csv --fields id -T pcapng=to.pcap": exitOK,
	} {
		var stderr strings.Builder
		code := run(t.Context(), strings.Fields(line), strings.NewReader(""), tty, &stderr)
		if code != want || (code == exitUsage) != strings.Contains(stderr.String(), "on a terminal would help nobody") {
			t.Errorf("%s: exit code %d, want %d, %s", line, code, want, &stderr)
		}
	}
}
