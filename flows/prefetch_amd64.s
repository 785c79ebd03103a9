#include "textflag.h"

// func prefetch(lines []*uint64)
TEXT ·prefetch(SB), NOSPLIT, $0-24
	MOVQ lines_base+0(FP), AX
	MOVQ lines_len+8(FP), CX
	LEAQ (AX)(CX*8), CX

next:
	CMPQ AX, CX
	JAE  done
	MOVQ (AX), DX
	ADDQ $8, AX
	PREFETCHT0 (DX)
	JMP  next

done:
	RET
