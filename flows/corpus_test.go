package flows

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"tcpclose/decode"
)

// corpusFolder holds public captures, where they are installed.
const corpusFolder = "../../shared/captures"

// corpusFiles lists the captures of the corpus by their paths below its folder, or skips the test.
func corpusFiles(t testing.TB) (files []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(corpusFolder), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && filepath.Dir(path) != "." {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Skip("no captures to read: ", err)
	}
	slices.Sort(files)
	return files
}

// collectFile judges one capture; ok is false where the file is none.
func collectFile(t testing.TB, path string, dcfg decode.Config, cfg Config) (all []Teardown, sum *Summary, ok bool) {
	t.Helper()
	src, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		return nil, nil, false
	}
	defer src.Close()
	all, sum, err = Collect(t.Context(), src, dcfg, cfg, nil)
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return all, sum, true
}

// corpusFaults are the frames of the corpus that give no segment because of a fault, and the damage that was met.
var corpusFaults = map[string]struct{ faults, why string }{
	"ndpi/fuzz-2020-02-16-11740.pcap":                         {"network/bad-version network/fragment-lost", "made by a fuzzer"},
	"ndpi/fuzz-2021-06-07-c6c72a0a56.pcap":                    {"tunnel/cut", "made by a fuzzer"},
	"ndpi/fuzz-2021-10-13.pcap":                               {"damage", "made by a fuzzer: its one record claims more than the file holds"},
	"ndpi/ip_fragmented_garbage.pcap":                         {"transport/bad-header-length", "a data offset below five words"},
	"ndpi/kerberos_fuzz.pcapng":                               {"transport/bad-header-length", "a data offset below five words"},
	"ndpi/reasm_crash_anon.pcapng":                            {"transport/bad-header-length", "a data offset beyond the packet"},
	"wireshark/dvb-ci_UV1_0000.pcap":                          {"link/unknown-link-type", "DVB-CI carries no IP"},
	"zeek/tunnels/gtp/gtp1_gn_normal_incl_fragmentation.pcap": {"network/fragment-lost", "the other fragments were not captured"},
}

func TestEveryCaptureOfTheCorpusIsReadToItsEnd(t *testing.T) {
	for _, file := range corpusFiles(t) {
		all, sum, ok := collectFile(t, filepath.Join(corpusFolder, file), decode.Config{}, Config{Workers: 1})
		if !ok {
			if ext := filepath.Ext(file); ext != ".cbordiag" && ext != ".log" && ext != ".txt" {
				t.Errorf("%s is not read", file)
			}
			continue
		}
		if sum.ReadError != nil {
			t.Errorf("%s: %v", file, sum.ReadError)
		}
		var faults []string
		for _, k := range sum.Skips {
			if k.Reason.Faulty() {
				faults = append(faults, fmt.Sprintf("%v/%v", k.Layer, k.Reason))
			}
		}
		if sum.DamageCount > 0 {
			faults = append(faults, "damage")
		}
		if got, want := strings.Join(faults, " "), corpusFaults[file].faults; got != want {
			t.Errorf("%s: faults %q, want %q (%s)", file, got, want, corpusFaults[file].why)
		}
		for i := range all {
			for _, fault := range broken(&all[i]) {
				t.Errorf("%s: conversation %d: %s in\n%s", file, all[i].ID, fault, brief(&all[i]))
			}
		}
	}
}

// streamDifferences are the captures in which tshark counts other conversations than we.
var streamDifferences = map[string]struct {
	theirs, ours int
	why          string
}{
	"ndpi/ip_fragmented_garbage.pcap":         {4, 2, "two have only a segment with a data offset below five words, which no receiver takes"},
	"ndpi/kerberos_fuzz.pcapng":               {1, 0, "the same"},
	"ndpi/vnc.pcap":                           {4, 2, "tshark begins a new stream where its VNC dissector takes over: frames 1 to 4 and 5 are one connection"},
	"zeek/llc.pcap":                           {1, 40, "one stray RST, repeated about every minute for a day: where 2 MSL passed between two, the conversation was final"},
	"wireshark/wireguard-ping-tcp-dsb.pcapng": {1, 0, "inside WireGuard, whose keys the file holds: we do not decrypt"},
}

func TestTheCorpusHoldsThePacketsAndConversationsThatTsharkCounts(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil || testing.Short() {
		t.Skip("tshark is asked once for each file, which takes a minute; needs tshark and no -short")
	}
	files := corpusFiles(t)
	var running sync.WaitGroup
	next := make(chan string)
	for range runtime.GOMAXPROCS(0) {
		running.Go(func() {
			for file := range next {
				compareWithTshark(t, tshark, file)
			}
		})
	}
	for _, file := range files {
		next <- file
	}
	close(next)
	running.Wait()
}

func compareWithTshark(t *testing.T, tshark, file string) {
	path := filepath.Join(corpusFolder, file)
	all, sum, ok := collectFile(t, path, decode.Config{}, Config{Workers: 1})
	if !ok {
		return
	}
	// tshark fails at the end of a damaged file, after it has printed what it could read.
	text, _ := exec.CommandContext(t.Context(), tshark, "-n", "-r", path, "-T", "fields", "-e", "tcp.stream", "-e", "icmp.type", "-e", "icmpv6.type").Output()
	packets, streams := 0, map[string]bool{}
	for line := range bytes.Lines(text) {
		packets++
		stream, icmp, _ := strings.Cut(strings.TrimRight(string(line), "\n"), "\t")
		if strings.Trim(icmp, "\t") != "" {
			continue // a quoted segment
		}
		for id := range strings.SplitSeq(stream, ",") {
			if id != "" {
				streams[id] = true
			}
		}
	}
	theirs, ours := len(streams), len(all)
	if d, ok := streamDifferences[file]; ok {
		if d.theirs != theirs || d.ours != ours {
			t.Errorf("%s: tshark counts %d conversations, we %d; the table says %d and %d (%s)", file, theirs, ours, d.theirs, d.ours, d.why)
		}
	} else if theirs != ours {
		t.Errorf("%s: tshark counts %d conversations, we %d", file, theirs, ours)
	}
	if uint64(packets) != sum.Packets {
		t.Errorf("%s: tshark counts %d packets, we %d", file, packets, sum.Packets)
	}
}
