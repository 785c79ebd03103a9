package attacktest

var packedAttacks []Attack
