package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
)

// stream is the ear of an HTTP reader in a room. Of messages it only hears that there are new ones, and reads them
// from the store; other frames wait in beside, the newest few of them.
type stream struct {
	conv    uuid.UUID
	member  uuid.UUID
	address string
	staff   bool
	news    chan struct{} // there are new messages
	check   chan struct{} // the reader's rights are to be checked
	beside  chan whisper
}

func (l *stream) message(conversation.Message, []byte) { wake(l.news) }

func (l *stream) whisper(w whisper) {
	if w.staff && !l.staff {
		return
	}
	for {
		select {
		case l.beside <- w:
			return
		default:
		}
		if !w.keep {
			return
		}
		select { // the oldest makes room for what must arrive
		case <-l.beside:
		default:
		}
	}
}

// openStream joins a room; false where the member has too many open.
func (s *Server) openStream(r *http.Request, c conversation.Conversation, who reader) (*stream, bool) {
	address := s.address(r)
	if !s.meter.join(who.member, address) {
		return nil, false
	}
	l := &stream{conv: c.ID, member: who.member, address: address, staff: who.staff, news: make(chan struct{}, 1), check: make(chan struct{}, 1), beside: make(chan whisper, 16)}
	s.mu.Lock()
	s.streams[l] = struct{}{}
	s.mu.Unlock()
	s.hub.join(c.ID, c.LastSeq, l)
	return l, true
}

func (s *Server) closeStream(l *stream) {
	s.hub.leave(l.conv, l)
	s.mu.Lock()
	delete(s.streams, l)
	s.mu.Unlock()
	s.meter.part(l.member, l.address)
}

func (s *Server) streamsOf(member uuid.UUID) []*stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*stream
	for l := range s.streams {
		if l.member == member {
			all = append(all, l)
		}
	}
	return all
}

// streamBeat is how often a silent stream says that it lives and the reader's rights are checked, in seconds less than
// any proxy waits.
const streamBeat = 20 * time.Second

// stream is GET /v1/conv/{id}/stream: the socket's frames to the client in the format of server-sent events, for
// places where no socket gets through. The id of a message's event is its seq; ?after_seq= or Last-Event-ID resumes.
// Read it with fetch: the session is in the Authorization header.
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	session, c, err := s.member(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	standard, err1 := strconv.ParseInt(cmp.Or(r.Header.Get("Last-Event-ID"), "0"), 10, 64)
	after, err2 := number(r, "after_seq", standard)
	if err1 != nil || err2 != nil {
		s.fail(w, r, errMalformed)
		return
	}
	if !s.track() {
		s.fail(w, r, restarting)
		return
	}
	defer s.group.Done()
	who := s.family(session, c.ID)
	l, ok := s.openStream(r, c, who)
	if !ok {
		s.fail(w, r, tooManyPages)
		return
	}
	defer s.closeStream(l)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy that gathers would keep the news back
	w.WriteHeader(http.StatusOK)
	if c.Mode != "bot" {
		s.tellControl(c.ID)
	}
	s.tellDraft(c.ID, l)
	writer := eventWriter{w: w, control: http.NewResponseController(w)}
	if err := s.feed(r, l, who, max(after, 0), &writer); err != nil && r.Context().Err() == nil {
		s.log.Debug("stream ended", "error", err)
	}
}

// feed writes what a stream hears until it ends.
func (s *Server) feed(r *http.Request, l *stream, who reader, after int64, to *eventWriter) error {
	ctx := r.Context()
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	wake(l.news)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.quit:
			return to.frame(outbound{T: "drain", D: drainData{RetryAfterMS: 500}})
		case b := <-l.beside:
			if err := to.event(b.kind, 0, b.data); err != nil {
				return err
			}
		case <-l.check:
			if err := s.still(ctx, l, who, to); err != nil {
				return err
			}
		case <-beat.C:
			if err := s.still(ctx, l, who, to); err != nil {
				return err
			}
			if err := to.comment(); err != nil {
				return err
			}
		case <-l.news:
			if err := s.still(ctx, l, who, to); err != nil { // nobody may have told yet that the right has ended
				return err
			}
			a, err := s.missed(ctx, l.conv, after)
			if err != nil {
				return err // the client comes back with its cursor
			}
			if err := to.answer(a, l.conv); err != nil {
				return err
			}
			after = a.HeadSeq
		}
	}
}

// still checks that the reader may read on. Who may not gets an error event, and the stream ends; but somebody of the
// family who is kept out hears nothing more, and nothing of that: no screen may betray it.
func (s *Server) still(ctx context.Context, l *stream, who reader, to *eventWriter) error {
	_, err := who.access(ctx)
	for who.keptOut(err) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.quit:
			return err
		case <-l.check:
		case <-time.After(streamBeat):
			if err := to.comment(); err != nil {
				return err
			}
		}
		_, err = who.access(ctx)
	}
	if err != nil {
		_ = to.frame(outbound{T: "error", D: errorData{problem: problemOf(hidden(err)), Fatal: true}})
	}
	return err
}

// eventWriter writes server-sent events. Each write has a deadline: a reader that is too slow comes back and resumes.
type eventWriter struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	caughtUp bool // the reader was told
}

// answer writes messages, or the reset in their place, and once that the reader has caught up.
func (e *eventWriter) answer(a eventsAnswer, conv uuid.UUID) error {
	head := headData{conv.String(), a.HeadSeq}
	if a.Reset {
		e.caughtUp = true
		return e.frame(outbound{T: "reset", Conv: head.Conv, D: head})
	}
	for _, f := range a.Events {
		if err := e.event(f.T, f.Seq, encode(f)); err != nil {
			return err
		}
	}
	if e.caughtUp {
		return nil
	}
	e.caughtUp = true
	return e.frame(outbound{T: "caught_up", Conv: head.Conv, D: head})
}

func (e *eventWriter) frame(f outbound) error { return e.event(f.T, 0, encode(f)) }

func (e *eventWriter) event(kind string, seq int64, data []byte) error {
	id := ""
	if seq > 0 {
		id = "id: " + strconv.FormatInt(seq, 10) + "\n"
	}
	return e.write(fmt.Sprintf("%sevent: %s\ndata: %s\n\n", id, kind, data)) // JSON has no line breaks
}

func (e *eventWriter) comment() error { return e.write(": \n\n") }

func (e *eventWriter) write(text string) error {
	if err := e.control.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.control.Flush()
}
