package web

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// Limits bound what one client may do. The zero value of a field means the default of HANDOFF §5.3.
type Limits struct {
	Frame            int           // bytes of one frame, after hello
	Hello            int           // bytes of the first frame
	HelloWithin      time.Duration // until hello has come
	Frames           int           // frames a second of one socket
	Subs             int           // sub frames in ten seconds of one socket
	MessagesShort    int           // messages in ten seconds of one member
	MessagesLong     int           // messages in a minute of one member
	SocketsPerMember int
	SocketsPerIP     int
	Sockets          int
	SessionsPerIP    int // new sessions in ten minutes
	QueueFrames      int // frames waiting for one socket
	QueueBytes       int
	Backlog          int // messages that a resume replays; more is a reset
	Workers          int // turns that run at the same time
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field    *int
		standard int
	}{
		{&l.Frame, 16 << 10}, {&l.Hello, 4 << 10}, {&l.Frames, 20}, {&l.Subs, 20}, {&l.MessagesShort, 5}, {&l.MessagesLong, 30},
		{&l.SocketsPerMember, 10}, {&l.SocketsPerIP, 200}, {&l.Sockets, 10_000}, {&l.SessionsPerIP, 600},
		{&l.QueueFrames, 64}, {&l.QueueBytes, 256 << 10}, {&l.Backlog, 500}, {&l.Workers, 8},
	} {
		if *f.field <= 0 {
			*f.field = f.standard
		}
	}
	if l.HelloWithin <= 0 {
		l.HelloWithin = 5 * time.Second
	}
	return l
}

// window allows at most n events in any span of time. It is not safe for concurrent use.
type window struct {
	span time.Duration
	at   []time.Time // ring of the last n events
	next int
}

func newWindow(n int, span time.Duration) *window {
	return &window{span: span, at: make([]time.Time, n)}
}

// wait tells how long the next event has to wait, 0 if it may happen now.
func (w *window) wait(now time.Time) time.Duration {
	oldest := w.at[w.next]
	if oldest.IsZero() {
		return 0
	}
	return max(0, w.span-now.Sub(oldest))
}

func (w *window) add(now time.Time) {
	w.at[w.next] = now
	w.next = (w.next + 1) % len(w.at)
}

// allow counts an event if it may happen now.
func (w *window) allow(now time.Time) bool {
	if w.wait(now) > 0 {
		return false
	}
	w.add(now)
	return true
}

func (w *window) last() time.Time { return w.at[(w.next+len(w.at)-1)%len(w.at)] }

// meter counts the messages of members and the sockets and sessions of members and addresses.
type meter struct {
	limits Limits
	now    func() time.Time

	mu      sync.Mutex
	members map[uuid.UUID]*memberMeter
	ips     map[string]*ipMeter
	sockets int
}

type memberMeter struct {
	short, long *window
	sockets     int
}

type ipMeter struct {
	sessions *window
	sockets  int
}

func newMeter(l Limits, now func() time.Time) *meter {
	return &meter{limits: l, now: now, members: map[uuid.UUID]*memberMeter{}, ips: map[string]*ipMeter{}}
}

func (m *meter) member(id uuid.UUID) *memberMeter {
	if m.members[id] == nil {
		m.members[id] = &memberMeter{short: newWindow(m.limits.MessagesShort, 10*time.Second), long: newWindow(m.limits.MessagesLong, time.Minute)}
	}
	return m.members[id]
}

func (m *meter) ip(address string) *ipMeter {
	if m.ips[address] == nil {
		m.ips[address] = &ipMeter{sessions: newWindow(m.limits.SessionsPerIP, 10*time.Minute)}
	}
	return m.ips[address]
}

// message counts a message of a member, or tells how long it has to wait.
func (m *meter) message(id uuid.UUID) (wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, meter := m.now(), m.member(id)
	if wait := max(meter.short.wait(now), meter.long.wait(now)); wait > 0 {
		return wait
	}
	meter.short.add(now)
	meter.long.add(now)
	return 0
}

// session counts a new session from an address.
func (m *meter) session(address string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ip(address).sessions.allow(m.now())
}

// connect counts a socket from an address; the caller calls disconnect if it is true.
func (m *meter) connect(address string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	ip := m.ip(address)
	if m.sockets >= m.limits.Sockets || ip.sockets >= m.limits.SocketsPerIP {
		return false
	}
	m.sockets++
	ip.sockets++
	return true
}

func (m *meter) disconnect(address string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sockets--
	m.ip(address).sockets--
}

// join counts a socket of a member; the caller calls leave if it is true.
func (m *meter) join(id uuid.UUID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	meter := m.member(id)
	if meter.sockets >= m.limits.SocketsPerMember {
		return false
	}
	meter.sockets++
	return true
}

func (m *meter) leave(id uuid.UUID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.member(id).sockets--
}

// forget drops what no longer limits anybody.
func (m *meter) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	for id, meter := range m.members {
		if meter.sockets == 0 && now.Sub(meter.long.last()) > meter.long.span {
			delete(m.members, id)
		}
	}
	for address, ip := range m.ips {
		if ip.sockets == 0 && now.Sub(ip.sessions.last()) > ip.sessions.span {
			delete(m.ips, address)
		}
	}
}
