package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"tcpclose/decode/live"
)

// liveError says what can be done where capturing fails.
func liveError(err error) error {
	var unknown *live.UnknownError
	var denied *live.DeniedError
	switch {
	case errors.As(err, &unknown):
		e := &usageError{text: err.Error(), hint: "tcpclose interfaces lists them"}
		if list, err := live.Interfaces(); err == nil {
			names := []string{live.Any}
			for _, i := range list {
				names = append(append(names, i.Name), i.AltNames...)
			}
			slices.Sort(names)
			if near := nearest(unknown.Interface, names); near != "" {
				e.hint = "did you mean: " + near
			}
		}
		return e
	case errors.As(err, &denied):
		return &deniedError{denied}
	}
	return err
}

// A deniedError is a live.DeniedError with the ways out.
type deniedError struct{ cause *live.DeniedError }

func (e *deniedError) Unwrap() error { return e.cause }

func (e *deniedError) Error() string {
	program, err := os.Executable()
	if err != nil {
		program = "/usr/local/bin/tcpclose"
	}
	uid := os.Getuid()
	return strings.Join([]string{
		fmt.Sprintf("%v (needs CAP_NET_RAW; uid %d)", e.cause, uid),
		fmt.Sprintf("  once:      sudo setcap cap_net_raw=ep %s      (lost when the file is replaced; not on nosuid/NFS)", program),
		fmt.Sprintf("  per run:   sudo tcpclose live %s (drops to uid %d after opening), or: sudo tcpdump -i %[1]s -U -w - tcp | tcpclose open -",
			e.cause.Interface, uid),
	}, "\n")
}
