package filter_test

import (
	"errors"
	"fmt"
	"net/netip"

	"tcpclose/flows"
	"tcpclose/flows/filter"
)

func ExampleParse() {
	f, err := filter.Parse("dst port https or 8443 and not class four-way,three-way")
	if err != nil {
		fmt.Println(err)
		return
	}
	t := &flows.Teardown{Class: flows.RSTAbort}
	t.Ends[flows.Server].Addr = netip.MustParseAddrPort("10.0.0.9:443")
	fmt.Println(f.Match(t), f)
	fmt.Println(f.Packet())
	// Output:
	// true server.port in {443, 8443} and not class in {four-way, three-way}
	// port in {443, 8443}
}

func ExampleError_Render() {
	const text = "server.close-wait > 30 and clas open"
	_, err := filter.Parse(text)
	if e, ok := errors.AsType[*filter.Error](err); ok {
		fmt.Println(e)
		fmt.Println(e.Render(text))
	}
	// Output:
	// column 21: the duration "30" has no unit; did you mean 30s?
	// server.close-wait > 30 and clas open
	//                     ^~
}

func ExampleComplete() {
	for _, c := range filter.Complete("class rst-abort or van", 22) {
		fmt.Printf("%s replaces the runes %d to %d\n", c.Text, c.From, c.To)
	}
	// Output:
	// vanished replaces the runes 19 to 22
}
