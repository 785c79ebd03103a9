// Package filter is the one filter language of tcpclose: it selects conversations by who talked, how they ended, how
// long they took and what they held.
package filter
