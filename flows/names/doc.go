// Package names learns from a capture what its addresses are called: from DNS answers, from name resolution blocks, and
// from what clients ask for in TLS and HTTP. Nothing is ever looked up elsewhere.
//
// A name is what somebody in the capture said, not what is so: the source stands beside it, and every octet that no host
// name has is escaped. What is kept is bounded; what was left out is counted.
package names
