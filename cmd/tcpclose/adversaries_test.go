package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// adversaryTests names for each way to harm the program the tests that hold it: package, then functions.
var adversaryTests = map[string]string{
	"captures that cost more than their size":                  "cmd/tcpclose TestCapturesOfAttackersCostNotMuchMoreThanOthers",
	"services and hosts chosen to have one rank":               "flows TestKeysChosenToHaveOneRank",
	"millions of connections of one pair of ports":             "flows TestMillionsOfConversationsOfOnePairOfPorts",
	"five-tuples chosen to meet in the table":                  "decode TestTuplesChosenAgainstOneKeyAreOrdinaryUnderAnother TestOneBitOfTheTupleChangesHalfTheHash",
	"floods of SYNs, storms of RSTs and FINs":                  "flows TestAttacksTakeBoundedTimeAndMemory TestMemoryIsBoundedWhereNothingCloses",
	"one conversation of many segments, or overlapping ones":   "flows TestAttacksTakeBoundedTimeAndMemory",
	"times that jump or run backwards":                         "flows TestAttacksTakeBoundedTimeAndMemory TestAStepOfTheClockAtAndBeyondItsLimit",
	"fragments that overlap, lack pieces or have too many":     "decode TestOctetsThatCameFirstAreKept TestTheDefragmenterStaysWithinItsBounds TestManySeparateRangesDoNotCompleteADatagram",
	"texts that steer a terminal or are markup":                "cmd/tcpclose TestHostileTextsReachNoOutput",
	"texts that steer the screen of open":                      "tui FuzzKeys",
	"output names that a capture chooses":                      "cmd/tcpclose TestNoCommandWritesOrSendsAnythingUnasked",
	"outputs that are symbolic links, or appear meanwhile":     "cmd/tcpclose TestOutputsFollowNoSymbolicLink TestAnOutputThatAppearsMeanwhileIsNotReplaced",
	"files that rotate to names which somebody else has taken": "cmd/tcpclose TestHostileNamesOfRotatedFiles",
	"whoever listens for what a capture sends":                 "cmd/tcpclose TestLiveWritesAndSendsNothingUnasked",
	"a capture that grows, shrinks or vanishes while read":     "decode TestAFileThatChangesWhileItIsRead",
	"a full disk":   "cmd/tcpclose TestADiskThatIsFullIsSaidAndLeavesNoFile",
	"a closed pipe": "cmd/tcpclose TestAClosedPipeIsNoError",
	"folders that may not be written to, no privileges":      "cmd/tcpclose TestReadingNeedsNoPrivilegesAndWritesNothingUnasked TestOpenNeedsNoPrivileges",
	"no home, no terminal, odd locales":                      "cmd/tcpclose TestEnvironmentsThatMissThings",
	"few descriptors":                                        "cmd/tcpclose TestFewDescriptorsReadManyFiles",
	"bombs, windows and dictionaries that a header asks for": "decode TestABombIsStoppedUnlessItIsTrusted TestXZDictionariesAtAndBeyondTheLimit TestZstdWindowsAtAndBeyondTheLimit",
	"damage anywhere, in compressed files too":               "decode TestDamageOfACompressedFileIsSaid TestUnpackingGoesOnBehindABlock TestFalseBeginningsEnd",
	"verdicts of conversations around such damage":           "flows TestADamagedFileLeavesEarlierVerdictsAlone TestVerdictsOutlastDamageOfACompressedFile",
}

func TestEveryAdversaryIsHeldByATest(t *testing.T) {
	for what, held := range adversaryTests {
		words := strings.Fields(held)
		for _, name := range words[1:] {
			if !declares(t, filepath.Join("../..", words[0]), name) {
				t.Errorf("%s: no %s in %s", what, name, words[0])
			}
		}
	}
}
