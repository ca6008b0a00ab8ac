package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant"
	"xiaohe/assistant/answer"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
	"xiaohe/assistant/triage"
)

// Messages are read together with those that came shortly before them: so many, and so much of each.
const (
	recentCount = 2
	recentRunes = 400
)

// lookBack fills in what a message has to be assessed with: when it was sent, and what was found of the same person
// before, in this conversation and in the others.
func (s *Server) lookBack(ctx context.Context, turn conversation.BotTurn, conv *assistant.Conversation) error {
	message, err := s.conversations.Since(ctx, turn.Conversation, turn.UserSeq-1, 1)
	if err != nil {
		return err
	}
	history, err := s.conversations.Danger(ctx, turn.Conversation, turn.UserSeq)
	if err != nil {
		return err
	}
	for _, m := range message {
		conv.Now = m.CreatedAt
	}
	conv.Watch = s.watch(turn.Conversation, history, conv.Now)
	for _, said := range history.Unassessed {
		conv.Unassessed = append(conv.Unassessed, assistant.Said{Text: said.Text, At: said.At})
	}
	return nil
}

// watch joins what is remembered of a person. The danger is that of all conversations; what was said about it is that
// of this one alone, since another may have been held by somebody else on the same phone.
func (s *Server) watch(conv uuid.UUID, h conversation.History, now time.Time) assistant.Watch {
	var watch assistant.Watch
	var session triage.Session
	var judged time.Time // when a human last looked: what was said before is not read again together with what comes
	for i, standing := range append([]conversation.Standing{h.Standing}, h.Others...) {
		stood := s.stood(standing)
		if standing.Conversation == conv {
			watch = stood
		}
		if i == 0 {
			session = stood.Session
		} else {
			session = merge(session, stood.Session, now)
		}
		if standing.Lowered != nil && standing.Lowered.At.After(judged) {
			judged = standing.Lowered.At
		}
	}
	watch.Session = session
	watch.Session.Recent = heard(h, judged, session.Turns)
	return watch
}

// heard are the messages of the last minutes that are read together with the next one. Unassessed ones are not among
// them: they are read one by one first, and remembered then.
func heard(h conversation.History, since time.Time, turn int) []triage.Heard {
	var all []triage.Heard
	for _, said := range h.Recent[max(0, len(h.Recent)-recentCount):] {
		again := func(u conversation.Said) bool { return u.Seq == said.Seq && u.At.Equal(said.At) }
		if said.At.After(since) && !slices.ContainsFunc(h.Unassessed, again) {
			all = append(all, triage.Heard{At: said.At, Turn: turn, Text: lastRunes(said.Text, recentRunes)})
		}
	}
	return all
}

// stood reads where a conversation stands. What this version cannot read counts at its stored level, never as nothing.
func (s *Server) stood(standing conversation.Standing) assistant.Watch {
	var watch assistant.Watch
	if len(standing.Session) > 0 {
		if err := json.Unmarshal(standing.Session, &watch); err != nil {
			s.log.Error("a stored session is not readable: its level counts", "error", err)
			watch = assistant.Watch{}
		}
	}
	session := &watch.Session
	if level := triage.Level(standing.Level); session.Max < level || session.MaxAt.IsZero() {
		session.Max, session.MaxAt = max(level, session.Max), standing.At
	}
	if lowered := standing.Lowered; lowered != nil {
		*session = session.Lower(triage.Level(lowered.Level), lowered.At)
	}
	return watch
}

// merge raises a session to the level that another one of the same person has. What two tabs each remember of
// messages and turns is not mixed: every assessment begins with the newer of the two.
func merge(newer, other triage.Session, now time.Time) triage.Session {
	a, b := newer.Level(now), other.Level(now)
	if b > a || b == a && b > triage.None && other.MaxAt.After(newer.MaxAt) {
		newer.Max, newer.MaxAt = other.Max, other.MaxAt
	}
	return newer
}

func lastRunes(text string, n int) string {
	runes := []rune(text)
	return string(runes[max(0, len(runes)-n):])
}

// versions names all that took part in an assessment.
type versions struct {
	triage.Versions
	Scripts  string `json:"scripts"`
	Hotlines string `json:"hotlines"`
}

// assessed is what is stored of a turn's triage; nil where the turn failed before triage had read the message.
func assessed(result assistant.Turn) (*conversation.Assessment, error) {
	if result.Triage.Level == "" {
		return nil, nil
	}
	d := result.Danger
	a := conversation.Assessment{
		Level: int(d.Level), MessageLevel: int(d.MessageLevel), Categories: texts(d.Categories), Flags: texts(d.Flags),
		Speaker: string(d.Speaker), GuardianSuspect: d.GuardianSuspect, WorkerSuspect: d.WorkerSuspect, AgeUnknown: d.AgeUnknown,
		GuardianNotice: d.Notice(), Script: d.Script(), Ticket: ticketOf(result),
		Opinion: opinionOf(d.Second),
	}
	for _, part := range []struct {
		into *json.RawMessage
		from any
	}{{&a.Evidence, slices.Concat([]triage.Evidence{}, d.Evidence)}, {&a.Versions, versions{d.Versions, d.Words.Scripts, d.Words.Hotlines}}, {&a.Session, d.Watch}} {
		var err error
		if *part.into, err = json.Marshal(part.from); err != nil {
			return nil, fmt.Errorf("write assessment: %w", err)
		}
	}
	return &a, nil
}

func texts[T ~string](codes []T) []string {
	all := make([]string, len(codes))
	for i, code := range codes {
		all[i] = string(code)
	}
	return all
}

// What a ticket is called for where no kind of danger names it.
const (
	reasonButton = "help_button"
	reasonFailed = "triage_failed"
)

// ticketOf is the ticket that a turn asks for; nil where no person is needed. The store fills in whose it is.
func ticketOf(result assistant.Turn) *handoff.Request {
	if result.Handoff == nil {
		return nil
	}
	d := result.Danger
	t := handoff.Request{
		Priority: map[string]int{"P0": 0, "P1": 1, "P2": 2, "P3": 3}[result.Handoff.Priority], // what is not known is urgent
		Reason:   reasonOf(result), Origin: originOf(result), Version: d.Versions.Rules + "/" + d.Versions.Weights,
	}
	for _, e := range d.Evidence {
		t.Evidence = append(t.Evidence, handoff.Evidence{
			Source: e.Source, Rule: e.RuleID, Start: e.Start, End: e.End, Priority: min(int(triage.Imminent-e.Level), 3),
		})
	}
	return &t
}

func reasonOf(result assistant.Turn) string {
	switch reason := result.Handoff.Reason; {
	case pressed(result.Danger):
		return reasonButton
	case slices.Contains([]string{"danger", reasonFailed, assistant.AskedForPerson, assistant.NotFound}, reason):
		return reason
	default:
		return "danger." + reason
	}
}

// originOf says who asked for a person: the user with the button, a rule, the classifier where it alone spoke, or a model
// that has raised the level.
func originOf(result assistant.Turn) string {
	learned := func(e triage.Evidence) bool { return e.Source == "classifier" || e.Source == "model" }
	evidence := result.Danger.Evidence
	switch {
	case pressed(result.Danger):
		return "user"
	case result.Handoff.Reason == reasonFailed:
		return "bot_failure"
	case result.Handoff.Reason == assistant.AskedForPerson:
		return "user"
	case result.Danger.Second != nil && result.Danger.Second.Raised():
		return "model"
	case len(evidence) > 0 && !slices.ContainsFunc(evidence, func(e triage.Evidence) bool { return !learned(e) }):
		return "model"
	}
	return "rule"
}

func pressed(d assistant.Danger) bool {
	return slices.ContainsFunc(d.Evidence, func(e triage.Evidence) bool { return e.Source == "button" })
}

// dangerMeta is what a page shows where somebody may be in danger.
type dangerMeta struct {
	Bubbles   []string   `json:"bubbles"`    // short texts, each in a bubble of its own
	Hotlines  []callMeta `json:"hotlines"`   // numbers to call with one press, the emergency numbers first
	QuickExit bool       `json:"quick_exit"` // the way off the page stands beside the words too
	Care      bool       `json:"care"`       // an ordinary answer follows the bubbles: it is in html
}

type callMeta struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	Note   string `json:"note"`
	Link   string `json:"link"` // tel: or sms:
	Urgent bool   `json:"urgent"`
}

// urgent numbers come first, police before ambulance.
var urgent = []string{"police", "ambulance", "fire"}

// dangerOf returns what is shown of danger, and the ordinary answer that stands after it.
func dangerOf(result assistant.Turn) (*dangerMeta, string) {
	d := result.Danger
	if d.Reply == nil {
		return nil, result.Answer
	}
	m := dangerMeta{Bubbles: d.Reply.Bubbles, Hotlines: []callMeta{}, QuickExit: d.Reply.QuickExit, Care: result.Ordinary != ""}
	for _, h := range d.Reply.Hotlines {
		m.Hotlines = append(m.Hotlines, callMeta{h.Number, h.Name, h.Note, h.Link, slices.Contains(urgent, h.Key)})
	}
	slices.SortStableFunc(m.Hotlines, func(a, b callMeta) int {
		switch {
		case a.Urgent == b.Urgent:
			return 0
		case a.Urgent:
			return -1
		}
		return 1
	})
	return &m, result.Ordinary
}

// shownCitations are the clauses beside an answer. With a script alone only somebody with the duty to act gets them: a
// child in danger is not to be sent reading.
func shownCitations(result assistant.Turn) []answer.Citation {
	if result.Danger.Only && result.Danger.Speaker != triage.Worker {
		return nil
	}
	return result.Citations
}

// scriptAlone is the answer of a turn that failed after triage: what was to be said about danger is said all the same.
func scriptAlone(result assistant.Turn) assistant.Turn {
	result.Ordinary = conversation.SafeText
	result.Answer = result.Danger.Before(result.Ordinary)
	result.Citations, result.Decision = nil, nil
	return result
}
