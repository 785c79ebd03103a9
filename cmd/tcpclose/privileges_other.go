//go:build !linux

package main

// dropPrivileges keeps them: what is needed to capture cannot be told apart here.
func dropPrivileges(bool) (string, error) { return "", nil }
