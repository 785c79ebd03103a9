package decode

import "errors"

// ErrPause is what the Next of a live source returns when there is no packet to give for now, and at least a few times a
// second when there always is one: the moment to write out what is ready. Packet.Time then is the clock of the capture:
// every packet that follows was captured at about that time or later; Packet.Frame is the last packet's. The next call
// goes on.
var ErrPause = errors.New("no packet for now")
