package report

import (
	"encoding/binary"

	"tcpclose/flows"
)

// The pieces of a line that depend on enumerations alone. Tables are as large as a power of two, so that an index which is
// masked needs no check.
var (
	// headPieces hold the members class and shape, closerPieces first_closer and, where it differs, first_fin, and
	// endPieces reset_by and final.
	headPieces = func() (table [flows.NumClasses][flows.NumShapes]piece) {
		for c := range table {
			for s := range table[c] {
				table[c][s] = newPiece(classJSON[c] + shapeJSON[s])
			}
		}
		return table
	}()
	closerPieces = func() (table [flows.ByNetwork + 1][flows.ByNetwork + 1]piece) {
		for closer := range table {
			for first := range table[closer] {
				text := `,"first_closer":` + whoJSON[closer]
				if first != closer {
					text += `,"first_fin":` + whoJSON[first]
				}
				table[closer][first] = newPiece(text)
			}
		}
		return table
	}()
	endPieces = func() (table [flows.ByNetwork + 1][2]piece) {
		for by := range table {
			table[by][0] = newPiece(`,"reset_by":` + whoJSON[by] + `,"final":false`)
			table[by][1] = newPiece(`,"reset_by":` + whoJSON[by] + `,"final":true`)
		}
		return table
	}()
	rolesPieces = func() (table [flows.RolesSYN + 1]piece) {
		for by := range table {
			table[by] = newPiece("}" + rolesJSON[by])
		}
		return table
	}()
	// statePieces hold an element of a list of states up to the frame's number, by state | grade << 4.
	statePieces = func() (table [64]piece) {
		for s := range flows.NumStates {
			for g := range flows.Assumed + 1 {
				table[uint8(s)|uint8(g)<<4] = newPiece(stateJSON[s][g])
			}
		}
		return table
	}()
	// markPieces hold an element of the list of marks up to the frame's number, and causePieces and framesPieces one of the
	// list of causes up to the first frame's.
	markPieces = func() (table [flows.NumMarks][flows.ByNetwork + 1]piece) {
		for m := range table {
			for who := range table[m] {
				table[m][who] = newPiece(`{"id":"` + flows.MarkID(m).String() + `","side":` + whoJSON[who] + `,"frame":`)
			}
		}
		return table
	}()
	causePieces = func() (table [flows.NumCauses][flows.Certain + 1]piece) {
		for c := range table {
			for sure := range table[c] {
				table[c][sure] = newPiece(`{"id":"` + flows.CauseID(c).String() + `","confidence":"` + flows.Confidence(sure).String() + `"`)
			}
		}
		return table
	}()
	framesPieces = func() (table [flows.ByNetwork + 1]piece) {
		for who := range table {
			table[who] = newPiece(`,"side":` + whoJSON[who] + `,"frames":[`)
		}
		return table
	}()
	verdictPieces = func() (table [flows.Reply + 1][flows.VerdictIgnored + 1]piece) {
		for kind := range table {
			for verdict := range table[kind] {
				table[kind][verdict] = newPiece(rstKindJSON[kind] + verdictJSON[verdict])
			}
		}
		return table
	}()
	countsPieces = [2]piece{newPiece(`,"counts":false,"answers_frame":`), newPiece(`,"counts":true,"answers_frame":`)}

	// octetPieces hold an octet of an IPv4 address and a dot, as they lie in memory, and above them how long that is.
	octetPieces = func() (table [256]uint64) {
		for i := range table {
			text := append(appendUint(nil, uint64(i)), '.')
			table[i] = uint64(len(text))<<32 | uint64(binary.LittleEndian.Uint32(append(text, "   "...)))
		}
		return table
	}()
)

// The texts between the numbers of a line.
var (
	idKey            = newKey(`{"id":`)
	clientIPKey      = newKey(`,"client":{"ip":"`)
	serverIPKey      = newKey(`},"server":{"ip":"`)
	portKey          = newKey(`","port":`)
	durationKey      = newKey(`,"duration_ns":`)
	closeDurationKey = newKey(`,"close_duration_ns":`)
	idleKey          = newKey(`,"idle_before_close_ns":`)
	lastFrameKey     = newKey(`,"last_frame":`)
	packetsKey       = newKey(`,"packets":{"client":`)
	bytesKey         = newKey(`},"bytes":{"client":`)
	dataBytesKey     = newKey(`},"data_bytes":{"client":`)
	bytesLostKey     = newKey(`},"bytes_lost":{"client":`)
	retransKey       = newKey(`},"retransmissions":{"client":`)
	rttKey           = newKey(`},"rtt_ns":{"client":`)
	nothingLostPiece = newPiece(`},"bytes_lost":{"client":0,"server":0`)
	serverKey        = newKey(`,"server":`)
	rstKey           = newKey(`},"rst":{"client":`)
	frameKey         = newKey(`{"frame":`)
	seqKey           = newKey(`,"seq":`)
	sentKey          = newKey(`,"sent":`)
	rstBytesKey      = newKey(`,"data_bytes":`)
	statesKey        = newKey(`},"states":{"client":[`)
	serverStatesKey  = newKey(`],"server":[`)
	marksKey         = newKey(`]},"marks":[`)
	causesKey        = newKey(`],"causes":[`)
	timeKey          = newKey(`,"time_ns":`)
	earliestKey      = newKey(`,"earliest_ns":`)
	latestKey        = newKey(`,"latest_ns":`)
	certainKey       = newKey(`],"uncertain":[]`)
	vlanKey          = newKey(`,"vlan":`)
	interfaceKey     = newKey(`,"interface":`)
)
