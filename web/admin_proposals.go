package web

import (
	"crypto/rand"
	"sync"
	"time"

	"xiaohe/knowledge"
)

// proposal is a rule set that was uploaded and checked and waits for an officer's decision.
type proposal struct {
	knowledge.Proposal
	changed []string // what became of single files; nil for a whole set
	note    string
	comparison
	until time.Time
}

const (
	keptProposals = 5
	proposalTime  = time.Hour
)

// proposals keeps a few of them in memory: what nobody activates leaves no trace. It is safe for concurrent use.
type proposals struct {
	now func() time.Time

	checking sync.Mutex // held while a rule set is tried: one at a time keeps the server answering

	mu    sync.Mutex
	byID  map[string]*proposal
	order []string // oldest first
}

func newProposals(now func() time.Time) *proposals {
	return &proposals{now: now, byID: map[string]*proposal{}}
}

// add keeps a proposal and returns its id; the oldest makes room.
func (k *proposals) add(p *proposal) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.order) >= keptProposals {
		delete(k.byID, k.order[0])
		k.order = k.order[1:]
	}
	id := rand.Text()
	p.until = k.now().Add(proposalTime)
	k.byID[id] = p
	k.order = append(k.order, id)
	return id
}

// find returns a proposal; nil where it is unknown or too old.
func (k *proposals) find(id string) *proposal {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.byID[id]
	if p == nil || !k.now().Before(p.until) {
		return nil
	}
	return p
}
