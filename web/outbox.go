package web

import (
	"slices"
	"sync"
)

// outbox holds the frames that wait for one socket's writer. It never grows past its bounds: a reader that is too
// slow loses typing and drafts first, then the connection, never a message in between.
type outbox struct {
	maxFrames, maxBytes int

	mu     sync.Mutex
	frames []queued
	bytes  int
	signal chan struct{} // something to write
	space  chan struct{} // something was written
}

type queued struct {
	data      []byte
	ephemeral bool
}

func newOutbox(frames, bytes int) *outbox {
	return &outbox{maxFrames: frames, maxBytes: bytes, signal: make(chan struct{}, 1), space: make(chan struct{}, 1)}
}

func (o *outbox) fits(size, frames, bytes int) bool {
	return len(o.frames) < frames && o.bytes+size <= bytes
}

// push adds a frame without waiting. It is false where a frame that must not be lost found no room.
func (o *outbox) push(data []byte, ephemeral bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.fits(len(data), o.maxFrames, o.maxBytes) {
		if ephemeral {
			return true
		}
		o.frames = slices.DeleteFunc(o.frames, func(q queued) bool {
			if q.ephemeral {
				o.bytes -= len(q.data)
			}
			return q.ephemeral
		})
		if !o.fits(len(data), o.maxFrames, o.maxBytes) {
			return false
		}
	}
	o.add(data, ephemeral)
	return true
}

// pushWait adds a frame of a replay. It leaves half of the room to live frames and waits for its turn; it is
// false where done ended the wait.
func (o *outbox) pushWait(data []byte, done <-chan struct{}) bool {
	for {
		o.mu.Lock()
		if len(o.frames) == 0 || o.fits(len(data), o.maxFrames/2, o.maxBytes/2) {
			o.add(data, false)
			o.mu.Unlock()
			return true
		}
		o.mu.Unlock()
		select {
		case <-o.space:
		case <-done:
			return false
		}
	}
}

func (o *outbox) add(data []byte, ephemeral bool) {
	o.frames = append(o.frames, queued{data, ephemeral})
	o.bytes += len(data)
	wake(o.signal)
}

// take removes the oldest frame.
func (o *outbox) take() ([]byte, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.frames) == 0 {
		return nil, false
	}
	data := o.frames[0].data
	o.frames[0] = queued{}
	o.frames = o.frames[1:]
	o.bytes -= len(data)
	wake(o.space)
	return data, true
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
