package web

import (
	"net/netip"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Limits bound what one client may do. The zero value of a field means the default of HANDOFF §5.3.
type Limits struct {
	Frame            int           // bytes of one frame, after hello
	StaffFrame       int           // the same of a console
	Hello            int           // bytes of the first frame
	HelloWithin      time.Duration // until hello has come
	BodyWithin       time.Duration // until the body of a request has come
	Frames           int           // frames a second of one socket
	Subs             int           // sub frames in ten seconds of one socket
	MessagesShort    int           // messages in ten seconds of one member
	MessagesLong     int           // messages in a minute of one member
	StaffMessages    int           // messages in a minute of one of the staff
	SocketsPerMember int           // one more replaces the oldest
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
		{&l.Frame, 16 << 10}, {&l.StaffFrame, 64 << 10}, {&l.Hello, 4 << 10}, {&l.Frames, 20}, {&l.Subs, 20}, {&l.MessagesShort, 5},
		{&l.MessagesLong, 30}, {&l.StaffMessages, 60}, {&l.SocketsPerMember, 10}, {&l.SocketsPerIP, 200}, {&l.Sockets, 10_000},
		{&l.SessionsPerIP, 600}, {&l.QueueFrames, 64}, {&l.QueueBytes, 256 << 10}, {&l.Backlog, 500}, {&l.Workers, 8},
	} {
		if *f.field <= 0 {
			*f.field = f.standard
		}
	}
	if l.HelloWithin <= 0 {
		l.HelloWithin = 5 * time.Second
	}
	if l.BodyWithin <= 0 {
		l.BodyWithin = 30 * time.Second
	}
	return l
}

// window allows at most n events in any span of time. It is not safe for concurrent use. It takes memory for the events
// that there were: one that nobody uses takes none.
type window struct {
	n    int
	span time.Duration
	at   []int64 // the last events, n at most, in nanoseconds since 1970
	next int     // once at is full: where the oldest stands, which the next event replaces
}

func newWindow(n int, span time.Duration) window { return window{n: n, span: span} }

// wait tells how long the next event has to wait, 0 if it may happen now.
func (w *window) wait(now time.Time) time.Duration {
	if len(w.at) < w.n {
		return 0
	}
	since := time.Duration(now.UnixNano() - w.at[w.next])
	if since < 0 { // the clock was ahead and has been put right: nobody waits for hours
		return 0
	}
	return max(0, w.span-since)
}

func (w *window) add(now time.Time) {
	if len(w.at) < w.n {
		w.at = append(w.at, now.UnixNano())
		return
	}
	w.at[w.next] = now.UnixNano()
	w.next = (w.next + 1) % w.n
}

// allow counts an event if it may happen now.
func (w *window) allow(now time.Time) bool {
	if w.wait(now) > 0 {
		return false
	}
	w.add(now)
	return true
}

// over tells whether all events are so long ago that they limit nothing.
func (w *window) over(now time.Time) bool {
	if len(w.at) == 0 {
		return true
	}
	newest := w.at[(w.next+len(w.at)-1)%len(w.at)]
	return now.UnixNano()-newest > int64(w.span)
}

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
	short, long, staff window
	sockets            int
}

type ipMeter struct {
	sessions window
	sockets  int
}

func newMeter(l Limits, now func() time.Time) *meter {
	return &meter{limits: l, now: now, members: map[uuid.UUID]*memberMeter{}, ips: map[string]*ipMeter{}}
}

func (m *meter) member(id uuid.UUID) *memberMeter {
	if m.members[id] == nil {
		m.members[id] = &memberMeter{
			short: newWindow(m.limits.MessagesShort, 10*time.Second), long: newWindow(m.limits.MessagesLong, time.Minute),
			staff: newWindow(m.limits.StaffMessages, time.Minute),
		}
	}
	return m.members[id]
}

// networkOf is what counts as one address: an IPv6 connection has 64 bits of addresses for itself.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || !ip.Is6() || ip.Is4In6() {
		return address
	}
	return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
}

func (m *meter) ip(address string) *ipMeter {
	address = networkOf(address)
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

// staffMessage is message for one of the staff, who talks with several families at the same time.
func (m *meter) staffMessage(id uuid.UUID) (wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, meter := m.now(), m.member(id)
	if wait := meter.staff.wait(now); wait > 0 {
		return wait
	}
	meter.staff.add(now)
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

// join counts a long poll or a stream of a member, which is one of the connections of its address too; the caller calls
// part if it is true.
func (m *meter) join(id uuid.UUID, address string) bool {
	if !m.connect(address) {
		return false
	}
	m.mu.Lock()
	meter := m.member(id)
	full := meter.sockets >= m.limits.SocketsPerMember
	if !full {
		meter.sockets++
	}
	m.mu.Unlock()
	if full {
		m.disconnect(address)
	}
	return !full
}

func (m *meter) part(id uuid.UUID, address string) {
	m.leave(id)
	m.disconnect(address)
}

// enter counts a socket of a member and tells whether there are too many now. The caller calls leave in any case.
func (m *meter) enter(id uuid.UUID) (tooMany bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	meter := m.member(id)
	meter.sockets++
	return meter.sockets > m.limits.SocketsPerMember
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
		if meter.sockets == 0 && meter.long.over(now) && meter.staff.over(now) {
			delete(m.members, id)
		}
	}
	for address, ip := range m.ips {
		if ip.sockets == 0 && ip.sessions.over(now) {
			delete(m.ips, address)
		}
	}
}
