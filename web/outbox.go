package web

import (
	"slices"
	"sync"
)

// outbox holds the frames that wait for one socket's writer. It never grows past its bounds: a reader that is too
// slow loses typing and drafts first, then the connection, never a message in between. An idle one holds no memory.
type outbox struct {
	maxFrames, maxBytes int

	mu     sync.Mutex
	frames []queued
	bytes  int
	busy   bool          // somebody writes, or has written the last frame
	space  chan struct{} // something was written; made by the first who waits for it
}

// queued is a frame; one without data is a protocol ping.
type queued struct {
	data      []byte
	ephemeral bool
}

func newOutbox(frames, bytes int) outbox {
	return outbox{maxFrames: frames, maxBytes: bytes}
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

// tryPush adds a frame of a replay. It leaves half of the room to live frames; where there is none it returns what to
// wait for.
func (o *outbox) tryPush(data []byte) (wait <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.frames) == 0 || o.fits(len(data), o.maxFrames/2, o.maxBytes/2) {
		o.add(data, false)
		return nil
	}
	if o.space == nil {
		o.space = make(chan struct{}, 1)
	}
	return o.space
}

func (o *outbox) add(data []byte, ephemeral bool) {
	o.frames = append(o.frames, queued{data, ephemeral})
	o.bytes += len(data)
}

// claim makes the caller the one who writes; false where somebody is that already.
func (o *outbox) claim() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	was := o.busy
	o.busy = true
	return !was
}

// release ends the writer's part, unless there is more to write or the socket has ended: then the writer closes it.
func (o *outbox) release(done <-chan struct{}) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case <-done:
		return false
	default:
	}
	if len(o.frames) > 0 {
		return false
	}
	o.frames, o.busy = nil, false
	return true
}

// take removes the oldest frame.
func (o *outbox) take() (queued, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.frames) == 0 {
		return queued{}, false
	}
	first := o.frames[0]
	o.frames[0] = queued{}
	o.frames = o.frames[1:]
	o.bytes -= len(first.data)
	if o.space != nil {
		wake(o.space)
	}
	return first, true
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
