package main

import (
	"encoding/binary"
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"tcpclose/flows"
)

// limitTests names for each bound the test that reaches it: at the bound all is well, beyond it what the table says.
var limitTests = map[string]string{
	"packet in a pcap file":                                 "decode TestARecordAtAndBeyondItsLimit TestALengthIsBelievedUpToTheSoftLimitAlone",
	"block of a pcapng file":                                "decode TestABlockAtAndBeyondItsLimit",
	"block looked for behind damage":                        "decode TestABlockIsLookedForBehindDamageUpToItsLimit",
	"interfaces of a section":                               "decode TestInterfacesOfASectionBeyondTheirNumber",
	"interfaces of a capture":                               "decode TestInterfacesBeyondTheirTextsAndNumbers",
	"comments kept of a file, an interface":                 "decode TestTextsAtAndBeyondTheirLimits",
	"length of a comment":                                   "decode TestTextsAtAndBeyondTheirLimits",
	"length of a name or description":                       "decode TestNamesAtAndBeyondTheirLength",
	"texts kept of all interfaces":                          "decode TestInterfacesBeyondTheirTextsAndNumbers",
	"names kept of name resolution blocks":                  "decode TestNamesBeyondTheirNumber",
	"files of a capture":                                    "decode TestMoreFilesThanCanBeNumberedAreRefused",
	"files open at once":                                    "decode TestFilesThatAllOverlapKeepABoundedNumberOpen",
	"growth of a compressed file":                           "decode TestABombIsStoppedUnlessItIsTrusted",
	"places tried behind damage of a compressed file":       "decode TestFalseBeginningsEnd",
	"compression in compression":                            "decode TestCompressionInCompressionBeyondItsDepth",
	"window of zstd, dictionary of xz":                      "decode TestXZDictionariesAtAndBeyondTheLimit TestZstdWindowsAtAndBeyondTheLimit",
	"dictionaries of an xz file together":                   "decode TestXZDictionariesTogetherAtAndBeyondTheirLimit",
	"headers around one another":                            "decode TestHeadersAroundOneAnotherBeyondTheirNumber",
	"IP fragments held":                                     "decode TestTheDefragmenterHoldsWhatItsBoundsSay",
	"wait for an IP fragment":                               "decode TestTheDefragmenterHoldsWhatItsBoundsSay",
	"octets kept of a datagram in fragments":                "decode TestOctetsKeptOfADatagramInFragments",
	"separate pieces of such a datagram":                    "decode TestPiecesOfADatagramAtAndBeyondTheirNumber",
	"damages listed":                                        "decode TestDamagesBeyondTheirList",
	"memory of conversations":                               "flows TestMemoryOfConversationsStaysBelowItsLimit TestMemoryIsBoundedWhereNothingCloses",
	"holes kept of a side's sequence numbers":               "flows TestHolesAtAndBeyondTheirNumber",
	"RSTs of a side kept apart":                             "flows TestRSTsBeyondThoseKeptApartAreCounted",
	"text kept of a RST's payload":                          "flows TestTheTextOfARSTIsCut TestTheTextOfARSTIsKept",
	"step of the capture's clock":                           "flows TestAStepOfTheClockAtAndBeyondItsLimit",
	"services, clients and groups that findings look at":    "flows TestAFloodOfServicesIsBounded TestKeysChosenToHaveOneRank",
	"hosts, services, pairs whose states are counted apart": "flows TestManyCrowdsAreBounded",
	"times of packets":                                      "decode TestTimesAtAndBeyondThoseThatAreTold",
	"addresses with a name (-N)":                            "flows/names TestWhatIsLearnedIsBoundedAndWhatIsLeftOutIsCounted TestAListenerIsBoundedHoweverManyNamesItHears",
	"times that addresses get an earlier name back (-N)":    "flows/names TestRepeatsAtAndBeyondTheirNumber",
	"names of an address (-N)":                              "flows/names TestWhatIsLearnedIsBoundedAndWhatIsLeftOutIsCounted",
	"requests that name their server (-N)":                  "flows/names TestRequestsAtAndBeyondTheirNumber",
	"requests of one pair of ports (-N)":                    "flows/names TestRequestsAtAndBeyondTheirNumber",
	"TLS greetings put together at once (-N)":               "flows/names TestWhatIsLearnedIsBoundedAndWhatIsLeftOutIsCounted",
	"connections that --pairs looks at":                     "flows/legs TestConnectionsBeyondThoseLookedAtAreNotPaired",
	"connections that --pairs reads again":                  "flows/legs TestWhatMayFitALegThatIsNotReadStaysAlone",
	"connections that --pairs compares with one":            "flows/legs TestWhatMayFitALegThatIsNotReadStaysAlone",
	"ladders that grow at once":                             "cmd/tcpclose TestLaddersAreReadInBatches",
	"text of one of several ladders":                        "cmd/tcpclose TestALongLadderAmongSeveralIsCut",
	"length of a filter":                                    "flows/filter TestLimitsAreErrorsToo",
	"parentheses open at once":                              "flows/filter TestLimitsAreErrorsToo",
	"comment on a packet of an annotated pcapng file":       "flows/report TestACommentIsCutBetweenCharacters",
	"damages and files listed for people":                   "flows/report TestDamagesShownAtAndBeyondTheirNumber",
	"findings shown to people":                              "flows/report TestFindingsShownAtAndBeyondTheirNumber",
	"addresses that --anonymize remembers":                  "cmd/tcpclose TestAddressesBeyondThoseRememberedAreComputedAnew",
	"connections that check lists":                          "cmd/tcpclose TestConnectionsBeyondThoseThatCheckListsAreCounted",
	"packets of a connection held for live --keep":          "cmd/tcpclose TestOfALongConversationTheFirstAndTheLastPacketsAreKept",
	"services with a name in the metrics":                   "flows/metrics TestTheNumberOfServicesIsBounded",
}

func TestEveryBoundIsReachedByATest(t *testing.T) {
	tests := map[string]bool{}
	for _, l := range allLimits() {
		words := strings.Fields(limitTests[l.Of])
		if len(words) < 2 {
			t.Errorf("no test reaches the bound of: %s", l.Of)
			continue
		}
		for _, name := range words[1:] {
			if !tests[words[0]+name] && !declares(t, filepath.Join("../..", words[0]), name) {
				t.Errorf("%s: no %s in %s", l.Of, name, words[0])
			}
			tests[words[0]+name] = true
		}
	}
	if len(limitTests) != len(allLimits()) {
		t.Errorf("%d bounds have tests, there are %d", len(limitTests), len(allLimits()))
	}
}

// declares reports whether a test of a folder has that name.
func declares(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(files), err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == name {
				return true
			}
		}
	}
	return false
}

func TestAddressesBeyondThoseRememberedAreComputedAnew(t *testing.T) {
	n, err := newAnonymizer("a key")
	if err != nil {
		t.Fatal(err)
	}
	numbered := func(i int) netip.Addr {
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(0x0b000000+i))))
	}
	for i := range maxKnownAddrs - 1 {
		n.known[numbered(i)] = netip.Addr{}
	}
	for i := range 3 {
		a := numbered(maxKnownAddrs - 1 + i)
		first := n.addr(a)
		if again := n.addr(a); again != first || len(n.known) != maxKnownAddrs {
			t.Errorf("address %d: %v, then %v; %d are remembered", i, first, again, len(n.known))
		}
	}
}

func TestConnectionsBeyondThoseThatCheckListsAreCounted(t *testing.T) {
	for _, number := range []int{maxOffenders, maxOffenders + 1, 5 * maxOffenders} {
		var c condition
		for i := range number {
			c.add(&flows.Teardown{ID: uint64(number - i)}) // the first ones come last
		}
		c.settle()
		if len(c.found) != maxOffenders || c.count != uint64(number) || c.found[0].ID != 1 || c.found[maxOffenders-1].ID != maxOffenders {
			t.Errorf("%d offend: %d listed, %d counted", number, len(c.found), c.count)
		}
	}
}
