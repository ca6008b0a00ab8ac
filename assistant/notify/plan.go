package notify

import "github.com/google/uuid"

// What one target may be told within a minute. The vendors throttle robots at 20; the rest is a margin for the minute
// that they count by and we do not know. The last places are kept for P0: others stop at calm messages, digests at
// calmDigest.
type budget struct {
	all        int // messages a minute
	calm       int // of which single messages that are not P0
	calmDigest int // and with digests
}

var (
	robotBudget   = budget{all: 15, calm: 10, calmDigest: 12}
	webhookBudget = budget{all: 60, calm: 50, calmDigest: 55}
)

func budgetOf(channel string) budget {
	if channel == Webhook {
		return webhookBudget
	}
	return robotBudget
}

// row is a notification that is due, with its ticket.
type row struct {
	id       uuid.UUID
	ticket   uuid.UUID
	attempts int
	tried    bool // something went wrong with it before
	item     item
}

// standing is how a target does.
type standing struct {
	budget    budget
	used      int  // messages within the last minute
	throttled bool // it asked for silence
	paused    bool // it failed not long ago: nothing calm
	resting   bool // it failed a moment ago: no P0 that it failed at before
	failing   bool // it has not taken a message since its last failure
	digest    bool // the last digest is long enough ago
}

// plan is what to do with the rows of a target that are due.
type plan struct {
	send  []row // one message, of one ticket or of several; empty: none now
	spill []row // P0 that cannot go out here now, or probably not: for another target
	calm  bool  // the message is a digest of what is not P0
}

// decide chooses the next message. rows are ordered by urgency. All rows of a ticket go into one message: after an
// outage nobody is told ten times of one ticket.
//
// P0 goes out at once, each in a message of its own, while there is budget; the last place of the minute takes all that
// are left. A target that is failing gets all P0 in one message, as a trial: at once where one of them is new. The others
// go out one by one while all of them fit into their share, and otherwise in a digest every 30 s.
func decide(s standing, rows []row) (p plan) {
	urgent, calm := group(rows)
	free := s.budget.all - s.used
	blocked, fresh := s.throttled || free <= 0, false
	for _, g := range urgent {
		for _, r := range g {
			fresh = fresh || r.attempts == 0
			if !r.tried && (blocked || s.failing) {
				p.spill = append(p.spill, r)
			}
		}
	}
	switch {
	case blocked:
	case len(urgent) > 0 && s.resting && !fresh:
	case len(urgent) > 1 && (s.failing || free == 1):
		p.send = flat(urgent)
	case len(urgent) > 0:
		p.send = urgent[0]
	case len(calm) == 0 || s.paused:
	case s.used+len(calm) <= s.budget.calm && !s.failing:
		p.send = calm[0]
	case s.digest && s.used < s.budget.calmDigest:
		p.send, p.calm = flat(calm), true
	}
	return p
}

// group puts rows together by ticket, in the order of the first of each.
func group(rows []row) (urgent, calm [][]row) {
	where := make(map[uuid.UUID]int, len(rows))
	var all [][]row
	for _, r := range rows {
		at, seen := where[r.ticket]
		if !seen {
			at = len(all)
			where[r.ticket] = at
			all = append(all, nil)
		}
		all[at] = append(all[at], r)
	}
	for _, g := range all {
		if g[0].item.priority == 0 {
			urgent = append(urgent, g)
		} else {
			calm = append(calm, g)
		}
	}
	return urgent, calm
}

func flat(groups [][]row) (all []row) {
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// itemsOf are the tickets of a message, each once with its highest rung.
func itemsOf(rows []row) (items []item) {
	urgent, calm := group(rows)
	for _, g := range append(urgent, calm...) {
		i := g[0].item
		for _, r := range g {
			i.rung = max(i.rung, r.item.rung)
		}
		items = append(items, i)
	}
	return items
}
