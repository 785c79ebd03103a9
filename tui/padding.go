package tui

import (
	"reflect"
	"regexp"

	"github.com/gdamore/tcell/v2"
	"github.com/gdamore/tcell/v2/terminfo"
)

// padding is a pause in a terminal's description: so many milliseconds, in which a machine of 1978 moved its cursor.
var padding = regexp.MustCompile(`\$<[0-9.]+[*/]*>`)

// hurry takes the pauses out of the description of a terminal. tcell sleeps through each of them, which on a vt100 is a second
// or two for every key; what calls itself one today is a program, or a serial line that holds back by itself.
func hurry(name string) {
	known, err := tcell.LookupTerminfo(name)
	if err != nil {
		return // whoever opens it hears of that
	}
	t, padded := *known, false
	for _, f := range reflect.ValueOf(&t).Elem().Fields() {
		if f.Kind() == reflect.String && padding.MatchString(f.String()) {
			f.SetString(padding.ReplaceAllString(f.String(), ""))
			padded = true
		}
	}
	if padded {
		terminfo.AddTerminfo(&t)
	}
}
