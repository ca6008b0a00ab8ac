package web

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v3"

	"xiaohe/assistant/account"
	"xiaohe/assistant/handoff"
)

// cannedSeed holds the replies that a new database begins with.
//
//go:embed canned.yaml
var cannedSeed []byte

// builtInCanned reads and checks the built-in replies.
func builtInCanned() ([]handoff.Canned, error) {
	var written []struct {
		Shortcut string `yaml:"shortcut"`
		Title    string `yaml:"title"`
		Body     string `yaml:"body"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(cannedSeed))
	decoder.KnownFields(true)
	if err := decoder.Decode(&written); err != nil {
		return nil, fmt.Errorf("read the built-in canned replies: %w", err)
	}
	var all []handoff.Canned
	for _, w := range written {
		c := handoff.Canned{Shortcut: w.Shortcut, Title: w.Title, Body: w.Body}
		if err := c.Check(); err != nil {
			return nil, fmt.Errorf("built-in canned reply %q: %w", w.Shortcut, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// seed stores the built-in replies once. A failure is tried again with the next request.
func (c *console) seed(ctx context.Context) error {
	c.seeding.Lock()
	defer c.seeding.Unlock()
	if c.seeded {
		return nil
	}
	all, err := builtInCanned()
	if err != nil {
		return err
	}
	if err := c.handoff.SeedCanned(ctx, all); err != nil {
		return err
	}
	c.seeded = true
	return nil
}

type cannedAnswer struct {
	Canned []handoff.Canned `json:"canned"`
}

// canned lists the replies for a region, or for all regions of whoever asks.
func (c *console) canned(w http.ResponseWriter, r *http.Request, who account.Session) {
	if err := c.seed(r.Context()); err != nil {
		c.refuse(w, r, err)
		return
	}
	replies, err := ofRegions(c, r, who, c.handoff.CannedReplies, func(one handoff.Canned) uuid.UUID { return one.ID })
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, cannedAnswer{replies})
}

type cannedRequest struct {
	Scope    string `json:"scope"` // prefix of a region; only of a new reply
	Shortcut string `json:"shortcut"`
	Title    string `json:"title"`
	Body     string `json:"body"`
	Version  int    `json:"version"` // that was seen; only of a change
}

func (d cannedRequest) reply() handoff.Canned {
	return handoff.Canned{Scope: d.Scope, Shortcut: d.Shortcut, Title: d.Title, Body: d.Body, Version: d.Version}
}

type oneCanned struct {
	Canned handoff.Canned `json:"canned"`
}

func (c *console) addCanned(w http.ResponseWriter, r *http.Request, who account.Session) {
	d, err := readStrict[cannedRequest](w, r)
	if err == nil {
		err = c.seed(r.Context())
	}
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	added, err := c.handoff.AddCanned(r.Context(), c.actor(r, who.Staff), d.reply())
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, oneCanned{added})
}

func (c *console) setCanned(w http.ResponseWriter, r *http.Request, who account.Session) {
	id, err := pathID(r, "id")
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	d, err := readStrict[cannedRequest](w, r)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	reply := d.reply()
	reply.ID = id
	changed, err := c.handoff.SetCanned(r.Context(), c.actor(r, who.Staff), reply)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, oneCanned{changed})
}

func (c *console) removeCanned(w http.ResponseWriter, r *http.Request, who account.Session) {
	id, err := pathID(r, "id")
	if err == nil {
		err = c.handoff.RemoveCanned(r.Context(), c.actor(r, who.Staff), id)
	}
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
