package flows

import "testing"

func TestWhichSocketAcknowledgedAFIN(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "where nothing but the FIN acknowledged the other one, the mini-socket was in TIME-WAIT: the socket's own answer is lost",
			script: numbered + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.01  > F. 101:101(0) ack 402 <ts 760 1140> id 13
+.05  < .  402:402(0) ack 102 <ts 1200 760> id 0`,
			want: []string{`three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 TIME-WAIT@10
no uncertain`},
		},
		{
			sentence: "but not where something before the FIN was not captured",
			script: numbered + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.01  > F. 101:101(0) ack 402 <ts 760 1140> id 14
+.05  < .  402:402(0) ack 102 <ts 1200 760> id 0`,
			want: []string{`three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 FIN-WAIT-2@9? TIME-WAIT@10`},
		},
		{
			sentence: "a side that takes octets after its FIN is no orphan, and has no mini-socket in FIN-WAIT-2",
			script: numbered + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.001 > P. 101:201(100) ack 401 <ts 750 640> id 13
+.001 > F. 201:201(0) ack 401 <ts 751 640> id 14
+.01  < .  402:402(0) ack 201 <ts 1150 750> id 904
+.01  > .  202:202(0) ack 402 <ts 770 1140> id 15
+.05  < .  402:402(0) ack 202 <ts 1200 751> id 0`,
			want: []string{`simultaneous closer=both
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 CLOSING@13 TIME-WAIT@12?`},
		},
		{
			sentence: "an acknowledgement and a FIN that a socket took, and acknowledged again from TIME-WAIT, came in the other order",
			script: numbered + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.01  > .  101:101(0) ack 402 <ts 760 1140> id 13
+.001 > F. 101:101(0) ack 402 <ts 760 1140> id 14
+.05  < .  402:402(0) ack 102 <ts 1200 760> id 904
+.01  < .  402:402(0) ack 102 <ts 1210 760> id 0`,
			want: []string{`four-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 TIME-WAIT@11
uncertain server.states [FIN-WAIT-2 TIME-WAIT CLOSED]`},
		},
		{
			sentence: "in whichever order these two were captured: a mini-socket becomes no full one",
			script: numbered + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.01  > .  101:101(0) ack 402 <ts 760 1140> id 13
+.001 > F. 101:101(0) ack 402 <ts 760 1140> id 14
+.05  < .  402:402(0) ack 102 <ts 1210 760> id 0
+.01  < .  402:402(0) ack 102 <ts 1200 760> id 904`,
			want: []string{`four-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 TIME-WAIT@11
uncertain server.states [FIN-WAIT-2 TIME-WAIT CLOSED]`},
		},
		{
			sentence: "a socket that does not echo the FIN had got the acknowledgement of its own before",
			script: numbered + `
+.5   > F. 101:101(0) ack 401 <ts 750 640> id 13
+.001 < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.001 < .  402:402(0) ack 102 <ts 1142 750> id 904
+.02  > .  102:102(0) ack 402 <ts 780 640> id 14`,
			want: []string{"simultaneous closer=both\nclient: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 FIN-WAIT-2@10? TIME-WAIT@11"},
		},
		{
			sentence: "what the identifications passed over before a FIN is not missed once it turns up",
			script: numbered + `
+.3   > F. 201:201(0) ack 401 <ts 550 640> id 14
+.02  < .  401:401(0) ack 101 <ts 960 250> id 903
+.03  > P. 101:201(100) ack 401 <ts 550 640> id 13
+.01  < .  401:401(0) ack 202 <ts 990 550> id 904
+.1   < F. 401:401(0) ack 202 <ts 1090 550> id 905
+.02  > .  202:202(0) ack 402 <ts 710 1090> id 0`,
			want: []string{"four-way closer=client\nno uncertain class\nno uncertain shape"},
		},
		{
			sentence: "where octets before the FIN are missing, it is these that its identification passed over",
			script: numbered + `
+.3   > F. 201:201(0) ack 401 <ts 550 640> id 14
+.02  < .  401:401(0) ack 101 <ts 960 250> id 903
+.3   > P. 101:201(100) ack 401 <ts 870 960> id 15
+.01  < .  401:401(0) ack 202 <ts 1290 870> id 904
+.1   < F. 401:401(0) ack 202 <ts 1390 870> id 905
+.02  > .  202:202(0) ack 402 <ts 1010 1390> id 0`,
			want: []string{"four-way closer=client\nuncertain class [retransmitted-fin simultaneous three-way four-way]"},
		},
	})
}
