package model

import (
	"context"
	"sync"
	"time"
)

// task names a piece of work that runs beside the screen. Of each kind at most one runs; a newer one replaces it.
type task uint8

const (
	taskView task = iota
	taskPopulation
	taskNetstat
	taskServices
	taskGroups
	taskFindings
	taskDetail
	taskWindow
	taskSegment
	taskSearch
	taskWrite
	taskKernel
	numTasks
)

// jobs runs work off the screen's goroutine and hands back what to do with the result.
type jobs struct {
	inline bool // run at once, where a test wants to see what comes out
	guard  func(func())
	wake   func() // tells the screen that mail has come

	mu      sync.Mutex
	mail    []func()
	cancel  [numTasks]context.CancelFunc
	number  [numTasks]uint64
	running [numTasks]bool
	ended   [numTasks]time.Time
	took    [numTasks]time.Duration
	wg      sync.WaitGroup
}

// start runs work after a delay and then, on the screen's goroutine, what it returns (nil for nothing). An unfinished
// run of the same task is cancelled, and its result never arrives.
func (j *jobs) start(t task, delay time.Duration, work func(ctx context.Context) func()) {
	j.stop(t)
	ctx, cancel := context.WithCancel(context.Background())
	j.mu.Lock()
	j.cancel[t] = cancel
	j.number[t]++
	number := j.number[t]
	j.running[t] = true
	j.mu.Unlock()
	if j.inline {
		j.run(ctx, t, number, 0, work)
		for _, apply := range j.take() {
			apply()
		}
		return
	}
	j.wg.Add(1)
	go j.guard(func() {
		defer j.wg.Done()
		j.run(ctx, t, number, delay, work)
	})
}

func (j *jobs) run(ctx context.Context, t task, number uint64, delay time.Duration, work func(ctx context.Context) func()) {
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return
		}
	}
	began := time.Now()
	apply := work(ctx)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.number[t] != number {
		return // a newer one took over
	}
	j.running[t], j.ended[t], j.took[t] = false, time.Now(), time.Since(began)
	if apply != nil && ctx.Err() == nil {
		j.mail = append(j.mail, apply)
		if j.wake != nil {
			j.wake()
		}
	}
}

// stop cancels a task.
func (j *jobs) stop(t task) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.cancel[t] != nil {
		j.cancel[t]()
		j.cancel[t] = nil
	}
	j.number[t]++
	j.running[t] = false
}

// busy reports whether the task runs.
func (j *jobs) busy(t task) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.running[t]
}

// rest returns how long to wait before the task runs again merely because rows were added: a ninth of the time at most
// goes into looking again, the rest into reading.
func (j *jobs) rest(t task, now time.Time) time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.ended[t].Add(max(150*time.Millisecond, 8*j.took[t])).Sub(now)
}

// take returns the results that have come.
func (j *jobs) take() []func() {
	j.mu.Lock()
	defer j.mu.Unlock()
	mail := j.mail
	j.mail = nil
	return mail
}

// close cancels everything and waits until it is still.
func (j *jobs) close() {
	for t := range numTasks {
		j.stop(t)
	}
	j.wg.Wait()
}
