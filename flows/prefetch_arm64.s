#include "textflag.h"

// func prefetch(list []unsafe.Pointer, lines int)
TEXT ·prefetch(SB), NOSPLIT, $0-32
	MOVD list_base+0(FP), R0
	MOVD list_len+8(FP), R1
	MOVD lines+24(FP), R3
	ADD  R1<<3, R0, R1

next:
	CMP  R1, R0
	BHS  done
	MOVD.P 8(R0), R2
	MOVD R3, R4

line:
	PRFM (R2), PLDL1KEEP
	ADD  $64, R2
	SUBS $1, R4
	BNE  line
	B    next

done:
	RET
