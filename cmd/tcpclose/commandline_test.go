package main

import (
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// commandOf returns the command that a report in HTML says it was made by, as a shell would take it apart.
func commandOf(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	words, err := shellWords(html.UnescapeString(string(regexp.MustCompile(`tcpclose report[^<]*`).Find(text))))
	if err != nil {
		t.Fatal(err)
	}
	return words
}

func TestAReportNamesTheCommandAsAShellTakesIt(t *testing.T) {
	inFolder(t)
	mustCopy(t, "trace.pcap", "two words, and a comma.pcap")
	args := []string{
		"report", "--read", "two words, and a comma.pcap", "--filter", "class four-way or class three-way", "--since", "2020-01-01 00:00",
		"--key", "vlan,vni", "--verify-checksums=drop", "--format", "html=a.html", "--format", "csv=a.csv", "--fields", "id,class", "--numeric=false",
		"trace.pcap", "--", "not", "name", "*.example.com", "and", "(port", "8080", "or", "packets", ">", "0)",
	}
	if _, stderr, code := execute(t, args...); code != exitOK {
		t.Fatal(stderr)
	}
	got := commandOf(t, "a.html")
	want := slices.Clone(args)
	for _, words := range [][]string{got, want} { // flags are told in an order of their own
		slices.Sort(words[slices.Index(words, "report")+1 : slices.Index(words, "trace.pcap")])
	}
	if !slices.Equal(got, append([]string{"tcpclose"}, want...)) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if _, stderr, code := execute(t, slices.Concat(args[:10], []string{"--force", "--anonymize=key"}, args[10:])...); code != exitOK {
		t.Fatal(stderr)
	}
	told := strings.Join(commandOf(t, "a.html"), " ")
	for _, word := range []string{"--anonymize", "--verify-checksums=drop", "--filter …", "--read …", "--format …", "--fields id,class", "-- …"} {
		if !strings.Contains(told, word) {
			t.Errorf("%q lacks %s", told, word)
		}
	}
	if regexp.MustCompile(`key\b[^,]|trace|comma|html|8080`).MatchString(strings.ReplaceAll(told, "--key", "")) {
		t.Errorf("%q tells what it must not", told)
	}
}
