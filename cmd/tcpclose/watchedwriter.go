package main

import "io"

// A watchedWriter keeps the first error of the writer below: cobra prints help and drops what becomes of it.
type watchedWriter struct {
	w   io.Writer
	err error
}

func (w *watchedWriter) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	if w.err == nil {
		w.err = err
	}
	return n, err
}
