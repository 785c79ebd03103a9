package netlab

import (
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// A keeper is a process that removes a trace instance once the lab's process is gone, however that ended: the kernel keeps an
// instance until somebody does. It has a session of its own, so that what ends the lab does not end it too.
type keeper struct {
	cmd  *exec.Cmd
	life io.Closer // the keeper waits until the last writer of its standard input is gone
}

// startKeeper starts the keeper of an instance. It unmounts root afterwards, where that is not empty. The kernel refuses to remove what a
// dying process has not closed yet.
func startKeeper(instance, root string) (*keeper, error) {
	const script = `read -r _; for i in 1 2 3 4 5 6 7 8 9 10; do rmdir "$0" && break; sleep 0.1; done 2>/dev/null; [ -z "$1" ] || umount "$1"`
	cmd := exec.Command("/bin/sh", "-c", script, instance, root)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	life, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the keeper of a trace instance: %w", err)
	}
	return &keeper{cmd, life}, nil
}

// end lets the keeper do its work, and waits for it.
func (k *keeper) end() {
	_ = k.life.Close()
	_ = k.cmd.Wait()
}
