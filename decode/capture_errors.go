package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// What can be wrong with a path before a packet is read.
var (
	ErrEmpty      = errors.New("the file is empty (0 bytes)")
	ErrNotCapture = errors.New("not a capture file")
	ErrNoCaptures = errors.New("no capture files in it")
	ErrTooMany    = errors.New("too many files")
	ErrNotAgain   = errors.New("standard input cannot be read a second time: save it to a file first")
)

// A FileError is a path that could not be opened or read, and why, in words for the user.
type FileError struct {
	Path string
	Err  error
	Text string // replaces Err's text if not empty
}

// Error is one sentence.
func (e *FileError) Error() string {
	if e.Text != "" {
		return e.Path + ": " + e.Text
	}
	return e.Path + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// openError puts an error of the operating system into words.
func openError(path string, err error) error {
	cause := err
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		cause = pe.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &FileError{path, err, "no such file"}
	case errors.Is(err, fs.ErrPermission):
		return &FileError{path, err, "permission denied: this user may not read it"}
	}
	return &FileError{path, err, "cannot be read: " + cause.Error()}
}

// lookalikes are formats that people hand to a capture reader, by the octets they begin with.
var lookalikes = [...]struct {
	offset int
	magic  string
	what   string
}{
	{0, "PK\x03\x04", "a zip archive: unpack it first"},
	{0, "PK\x05\x06", "an empty zip archive"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"},
	{0, "Rar!\x1a\x07", "a RAR archive: unpack it first"},
	{257, "ustar", "a tar archive: unpack it first"},
	{0, "\x7fELF", "an ELF program"},
	{0, "MZ", "a Windows program"},
	{0, "snoop\x00\x00\x00", "a Solaris snoop capture: convert it with editcap -F pcapng"},
	{0, "XCP\x00", "a NetXRay or Windows Sniffer capture: convert it with editcap -F pcapng"},
	{0, "GMBU", "a Microsoft Network Monitor capture: convert it with editcap -F pcapng"},
	{0, "RTSS", "an old Microsoft Network Monitor capture: convert it with editcap -F pcapng"},
	{0, "TRSNIFF data    \x1a", "a Sniffer capture: convert it with editcap -F pcapng"},
	{0, "\x7fver", "a Peek capture: convert it with editcap -F pcapng"},
	{0, "btsnoop\x00", "a Bluetooth snoop log"},
	{0, "\x1f\x9d", "a file of compress(1): unpack it with uncompress"},
	{0, "\x30\x82", "DER data such as a certificate"},
	{0, "MDMP", "a Windows memory dump"},
	{0, "SQLite format 3\x00", "an SQLite database"},
	{0, "PAR1", "a Parquet file"},
	{0, "%PDF", "a PDF document"},
	{0, "{", "JSON or other text"},
	{0, "<", "HTML, XML or other text"},
}

// notCapture says what b, the beginning of a file, looks like.
func notCapture(path string, b []byte) error {
	what := lookOf(b)
	if what != "" {
		what = "; it looks like " + what
	}
	return &FileError{path, ErrNotCapture, ErrNotCapture.Error() + " (neither pcap nor pcapng)" + what}
}

func lookOf(b []byte) string {
	for _, l := range lookalikes {
		if len(b) > l.offset && bytes.HasPrefix(b[l.offset:], []byte(l.magic)) {
			return l.what
		}
	}
	switch {
	case len(b) < 4:
		return fmt.Sprintf("the first %d bytes of something", len(b))
	case looksLikeERF(b):
		return "an ERF capture of a DAG card: convert it with editcap -F pcapng"
	case isText(b):
		return "text"
	case strings.Trim(string(b), "\x00") == "":
		return "zeros"
	}
	return ""
}

// looksLikeERF checks the fields of the first record header: type, record length and wire length.
func looksLikeERF(b []byte) bool {
	if len(b) < 16 {
		return false
	}
	typ, rlen, wlen := b[8]&0x7f, int(b[10])<<8|int(b[11]), int(b[14])<<8|int(b[15])
	return typ >= 1 && typ <= 48 && rlen >= 16+2 && wlen > 0 && wlen <= rlen+64<<10 && b[12] == 0 && b[13] == 0 &&
		b[7] >= 0x40 && b[7] < 0x90 // seconds since 1970, little-endian in the upper half: 2004 to 2046
}

func isText(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
