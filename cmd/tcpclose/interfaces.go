package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tcpclose/decode/live"
)

// newInterfaces is the command that lists what live can capture on.
func newInterfaces(std *stdio) *cobra.Command {
	return &cobra.Command{
		Use:     "interfaces",
		Short:   "List the network interfaces that live can capture on",
		Example: "  tcpclose interfaces",
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return writeInterfaces(std.out) },
	}
}

// writeInterfaces writes a line for each interface.
func writeInterfaces(w io.Writer) error {
	list, err := live.Interfaces()
	if err != nil {
		return fmt.Errorf("list the interfaces: %w", err)
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "INTERFACE\tSTATE\tMTU\tADDRESSES AND OTHER NAMES")
	for i := range list {
		x := &list[i]
		state := "down"
		if x.Up {
			state = "up"
		}
		addresses := make([]string, len(x.Addresses), len(x.Addresses)+len(x.AltNames))
		for k, a := range x.Addresses {
			addresses[k] = a.String()
		}
		addresses = append(addresses, x.AltNames...)
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", x.Name, state, x.MTU, strings.Join(addresses, " "))
	}
	if runtime.GOOS == "linux" {
		fmt.Fprintf(t, "%s\tup\t\tall of them together\n", live.Any)
	}
	return t.Flush()
}

// completeInterface completes the name of an interface, once.
func completeInterface(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 || cmd.Flags().Changed("interface") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	list, err := live.Interfaces()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for i := range list {
		names = append(append(names, list[i].Name), list[i].AltNames...)
	}
	if runtime.GOOS == "linux" {
		names = append(names, live.Any)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
