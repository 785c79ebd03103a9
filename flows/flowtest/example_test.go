package flowtest_test

import (
	"fmt"

	"tcpclose/flows/flowtest"
)

// A script gives segments; printed one by one they are lines of a script again.
func Example() {
	script, err := flowtest.Parse(`
# RFC 9293 figure 13: both ends close at once.
base A 1000 B 2000
+0    > F. 100:100(0) ack 300
+.01  < F. 300:300(0) ack 100
`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(script.Story)
	for _, s := range script.Segments() {
		fmt.Println(s)
	}
	fmt.Print(flowtest.Format(script.Segments(), flowtest.FormatOptions{Relative: true}))
	// Output:
	// RFC 9293 figure 13: both ends close at once.
	// 10.0.0.1:40000 > 10.0.0.2:80 F. 1100:1100(0) ack 2300 win 65535
	// 10.0.0.2:80 > 10.0.0.1:40000 F. 2300:2300(0) ack 1100 win 65535
	// A 10.0.0.1:40000
	// B 10.0.0.2:80
	// base A 1100 B 2300
	// +0     > F. 0:0(0) ack 0 win 65535
	// +.01   < F. 0:0(0) ack 0 win 65535
}
