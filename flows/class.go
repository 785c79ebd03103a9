package flows

// Class is how a conversation ended: exactly one for each, the first that fits from the top of the table.
type Class uint8

// The classes.
const (
	Partial Class = iota
	Refused
	Unanswered
	RSTAbort
	RSTAfterFIN
	RetransmittedFIN
	Simultaneous
	ThreeWay
	FourWay
	Vanished
	HalfClosedStall
	ClosingClass
	Open
	NumClasses
)

// classNames holds each class's id, its label of at most six letters for narrow screens, and its letter for columns of
// one cell.
var classNames = [NumClasses]struct {
	id, label string
	letter    byte
}{
	Partial:          {"partial", "part", '?'},
	Refused:          {"refused", "refuse", 'X'},
	Unanswered:       {"unanswered", "unansw", 'U'},
	RSTAbort:         {"rst-abort", "rst", 'R'},
	RSTAfterFIN:      {"rst-after-fin", "finrst", 'r'},
	RetransmittedFIN: {"retransmitted-fin", "retx", 'F'},
	Simultaneous:     {"simultaneous", "simul", 'S'},
	ThreeWay:         {"three-way", "3way", '3'},
	FourWay:          {"four-way", "4way", '4'},
	Vanished:         {"vanished", "vanish", 'V'},
	HalfClosedStall:  {"half-closed-stall", "half", 'H'},
	ClosingClass:     {"closing", "closng", 'c'},
	Open:             {"open", "open", 'o'},
}

// String returns the class's id.
func (c Class) String() string { return classNames[c].id }

// Label returns the short form for narrow screens.
func (c Class) Label() string { return classNames[c].label }

// Letter returns the form that fits one cell.
func (c Class) Letter() byte { return classNames[c].letter }

// ParseClass reads a class's id.
func ParseClass(id string) (Class, bool) {
	for c, n := range classNames {
		if n.id == id {
			return Class(c), true
		}
	}
	return 0, false
}

// Orderly reports whether both sides closed with a FIN and both FINs were acknowledged.
func (c Class) Orderly() bool { return c >= RetransmittedFIN && c <= FourWay }

// Shape is the geometry of a close, also where the class hides it.
type Shape uint8

// The shapes.
const (
	ShapeNone         Shape = iota // no FIN
	ShapeHalf                      // one FIN, or one that was never acknowledged
	ShapeThreeWay                  // FIN, FIN+ACK, ACK
	ShapeFourWay                   // FIN, ACK, FIN, ACK
	ShapeSimultaneous              // neither FIN acknowledges the other
	NumShapes
)

var shapeNames = [NumShapes]string{"none", "half", "three-way", "four-way", "simultaneous"}

// String returns the shape's id.
func (s Shape) String() string { return shapeNames[s] }

// ParseShape reads a shape's id.
func ParseShape(id string) (Shape, bool) {
	for s, n := range shapeNames {
		if n == id {
			return Shape(s), true
		}
	}
	return 0, false
}
