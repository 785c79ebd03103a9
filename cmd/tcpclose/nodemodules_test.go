package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// nodeModulesVariable names the folder node_modules, outside the tree, that holds the packages of npm which tests use.
// .ci/run installs them and sets it.
const nodeModulesVariable = "TCPCLOSE_NODE_MODULES"

// nodePackage returns the absolute path of node_modules where it holds a package; the test is skipped where not.
func nodePackage(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv(nodeModulesVariable)
	if folder == "" {
		t.Skipf("%s is not set: it names a folder node_modules that holds %s", nodeModulesVariable, name)
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, filepath.FromSlash(name), "package.json")); err != nil {
		t.Skipf("%s is not in %s: %v", name, folder, err)
	}
	return folder
}

// node returns the path of Node.js; the test is skipped where there is none.
func node(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node.js is not installed")
	}
	return path
}
