package triage

import (
	"slices"
	"time"
	"unicode/utf8"
)

// Session is what triage remembers of a conversation. It is stored beside each assessment and handed back with the
// next message. It only rises; Lower, a human's act, is the only way down.
type Session struct {
	Max      Level     `json:"max"`
	MaxAt    time.Time `json:"max_at"`             // when a message last supported it
	Concerns []Heard   `json:"concerns,omitempty"` // messages at L2, oldest first
	Recent   []Heard   `json:"-"`                  // the last messages, oldest first: they are stored as messages, once
	Turns    int       `json:"turns"`
	Flags    []Flag    `json:"flags,omitempty"`
}

// Heard is a message that the session remembers.
type Heard struct {
	At   time.Time `json:"at"`
	Turn int       `json:"turn"`
	Text string    `json:"-"` // only in Recent
}

// How long and how far the session remembers (design §3.9).
const (
	carry         = 7 * 24 * time.Hour
	concernWindow = 24 * time.Hour
	concernTurns  = 10
	concernCount  = 3
	joinWindow    = 10 * time.Minute
	joinCount     = 3
	joinRunes     = 400 // of each message that is read together with the next
)

// Level returns the level that the session has at a time: L3 and more is kept for seven days (S2), less for one.
func (s Session) Level(now time.Time) Level {
	kept := carry
	if s.Max < High {
		kept = concernWindow
	}
	if s.Max > None && now.Sub(s.MaxAt) > kept {
		return None
	}
	return s.Max
}

// After returns the session after a message was assessed.
func (s Session) After(in Input, r Result) Session {
	next := s
	next.Turns++
	next.Concerns = recentOf(s.Concerns, func(h Heard) bool {
		return in.Now.Sub(h.At) <= concernWindow || next.Turns-h.Turn < concernTurns
	})
	next.Recent = recentOf(s.Recent, func(h Heard) bool { return in.Now.Sub(h.At) <= joinWindow })
	if r.MessageLevel == Concern {
		next.Concerns = append(next.Concerns, Heard{At: in.Now, Turn: next.Turns})
	}
	next.Recent = append(next.Recent, Heard{At: in.Now, Turn: next.Turns, Text: tail(in.Text, joinRunes)})
	if len(next.Recent) >= joinCount {
		next.Recent = next.Recent[len(next.Recent)-joinCount+1:]
	}
	if before := s.Level(in.Now); r.Level > before || r.MessageLevel >= before && r.MessageLevel > None {
		next.MaxAt = in.Now
	}
	next.Max = r.Level
	for _, f := range r.Flags {
		if !slices.Contains(next.Flags, f) {
			next.Flags = append(slices.Clone(next.Flags), f)
		}
	}
	return next
}

// Lower sets the level that a human found. It is the only way down; who did it and why belongs in the audit log.
func (s Session) Lower(level Level, now time.Time) Session {
	return Session{Max: level, MaxAt: now, Turns: s.Turns, Flags: s.Flags}
}

func recentOf(all []Heard, keep func(Heard) bool) []Heard {
	var out []Heard
	for _, h := range all {
		if keep(h) {
			out = append(out, h)
		}
	}
	return out
}

func tail(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[len(runes)-n:])
	}
	return text
}

// accumulate raises the result to what the session says (S1–S9).
func (t *Triage) accumulate(in Input, r *Result) {
	before := in.Session.Level(in.Now)
	t.joined(in, before, r)
	for _, rise := range []struct {
		id string
		to Level
	}{
		{"S3", in.Session.repeated(in.Now, r.MessageLevel)},
		{"S4", t.afterConcern(in.Text, before)},
		{"S5", t.falseCalm(in.Text, before)},
	} {
		r.rise(rise.id, rise.to)
	}
	r.rise("S1", before)
	r.settle()
}

// rise raises the result to what a rule of the session says. The message alone stays what it is.
func (r *Result) rise(id string, to Level) {
	if to > r.Level {
		r.Evidence = append(r.Evidence, Evidence{Source: "session", RuleID: id, Level: to})
		r.Level = to
	}
}

// repeated is S3: the third message at L2 within ten turns or a day makes L3.
func (s Session) repeated(now time.Time, message Level) Level {
	if message != Concern {
		return None
	}
	count := 1
	for _, h := range s.Concerns {
		if now.Sub(h.At) <= concernWindow || s.Turns+1-h.Turn < concernTurns {
			count++
		}
	}
	if count >= concernCount {
		return High
	}
	return None
}

// joined is S8: the last messages of ten minutes are also read as one, since a cue may be split over messages.
func (t *Triage) joined(in Input, before Level, r *Result) {
	together := ""
	for _, h := range in.Session.Recent {
		if in.Now.Sub(h.At) <= joinWindow {
			together = joinText(together, h.Text)
		}
	}
	if together == "" {
		return
	}
	whole := t.read(joinText(together, tail(in.Text, joinRunes)))
	if whole.MessageLevel <= max(r.Level, before) {
		return
	}
	r.Evidence = append(r.Evidence, Evidence{Source: "session", RuleID: "S8", Category: first(whole.Categories), Level: whole.MessageLevel})
	r.Level = whole.MessageLevel
	r.flag(whole.Flags)
}

// joinText puts two messages together. Only a scrap of a few characters can be the rest of a word or sentence.
func joinText(a, b string) string {
	const scrap = 4
	if min(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) <= scrap {
		return a + " " + b
	}
	return a + "\n" + b
}

// afterConcern is S4: a plain question for heights, doses, depths after L2 makes L3, after L3 makes L4.
func (t *Triage) afterConcern(text string, before Level) Level {
	if before >= Concern && t.speaks("method", text) {
		return min(before+1, Imminent)
	}
	return None
}

// falseCalm is S5: sudden calm or a goodbye after L3 makes L4.
func (t *Triage) falseCalm(text string, before Level) Level {
	if before >= High && t.speaks("calm", text) {
		return Imminent
	}
	return None
}

func first(all []Category) Category {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
