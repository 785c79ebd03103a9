#include "textflag.h"

// func prefetch(list []unsafe.Pointer, lines int)
TEXT ·prefetch(SB), NOSPLIT, $0-32
	MOVQ list_base+0(FP), AX
	MOVQ list_len+8(FP), CX
	MOVQ lines+24(FP), BX
	LEAQ (AX)(CX*8), CX

next:
	CMPQ AX, CX
	JAE  done
	MOVQ (AX), DX
	ADDQ $8, AX
	MOVQ BX, SI

line:
	PREFETCHT0 (DX)
	ADDQ $64, DX
	DECQ SI
	JNE  line
	JMP  next

done:
	RET
