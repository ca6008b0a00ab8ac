// Package measure scores triage on messages and dialogues whose level is known.
package measure

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"xiaohe/assistant/triage"
)

// Item is a message or a dialogue and what triage should say of it: any level from Min to Max is right. A file
// without levels can be read as well: it only asks for predictions.
type Item struct {
	ID         ID              `json:"id"`
	Text       string          `json:"text,omitempty"`
	Turns      []Turn          `json:"turns,omitempty"`
	Speaker    triage.Speaker  `json:"speaker,omitempty"`
	Category   triage.Category `json:"category,omitempty"`
	Min        *triage.Level   `json:"min_level,omitempty"`
	Max        *triage.Level   `json:"max_level,omitempty"`
	Flags      []triage.Flag   `json:"flags,omitempty"`
	Phenomenon string          `json:"phenomenon,omitempty"`
}

// ID names an item. A number is taken as its digits.
type ID string

// UnmarshalJSON reads a string or a number.
func (id *ID) UnmarshalJSON(data []byte) error {
	var number json.Number
	if json.Unmarshal(data, &number) == nil {
		*id = ID(number)
		return nil
	}
	return json.Unmarshal(data, (*string)(id))
}

// Turn is one message of a dialogue. Its levels are those of the session after it. It may be written as a bare text.
type Turn struct {
	Text         string         `json:"text"`
	Speaker      triage.Speaker `json:"speaker,omitempty"`
	Min          *triage.Level  `json:"min_level,omitempty"`
	Max          *triage.Level  `json:"max_level,omitempty"`
	AfterMinutes float64        `json:"after_minutes,omitempty"` // since the message before
}

// UnmarshalJSON reads a turn or a bare text.
func (t *Turn) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &t.Text)
	}
	type plain Turn
	return json.Unmarshal(data, (*plain)(t))
}

// maxLine is the longest line of a file, in bytes.
const maxLine = 4 << 20

// Read reads JSON lines. A mistake is named with its line.
func Read(data []byte) ([]Item, error) {
	var items []Item
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF"))))
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var it Item
		if err := json.Unmarshal(line, &it); err != nil {
			return nil, fmt.Errorf("第 %d 行不是正确的 JSON：%w", n, err)
		}
		if it.Text == "" && len(it.Turns) == 0 && !bytes.Contains(line, []byte(`"text"`)) {
			return nil, fmt.Errorf("第 %d 行没有 text，也没有 turns", n)
		}
		if (it.Min == nil) != (it.Max == nil) || it.Min != nil && (*it.Min < triage.None || *it.Max > triage.Imminent || *it.Min > *it.Max) {
			return nil, fmt.Errorf("第 %d 行的 min_level、max_level 要在 0 到 4 之间", n)
		}
		items = append(items, it)
	}
	return items, lines.Err()
}

// Prediction is what triage says of an item: the level of the session at the end, and all flags.
type Prediction struct {
	ID    ID            `json:"id"`
	Level string        `json:"level"`
	Flags []triage.Flag `json:"flags"`
}

// outcome is an item after triage has read it.
type outcome struct {
	Item
	level  triage.Level   // at the end
	levels []triage.Level // after each turn
	flags  []triage.Flag
	rules  []string // of the last message
	took   []time.Duration
}

// begin is when every dialogue starts: triage has no clock of its own.
var begin = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// play lets triage read an item.
func play(t *triage.Triage, it Item) outcome {
	o := outcome{Item: it, flags: []triage.Flag{}}
	turns := it.Turns
	if len(turns) == 0 {
		turns = []Turn{{Text: it.Text, Speaker: it.Speaker}}
	}
	var session triage.Session
	now := begin
	for _, turn := range turns {
		now = now.Add(time.Duration(turn.AfterMinutes * float64(time.Minute)))
		in := triage.Input{Text: turn.Text, Speaker: turn.Speaker, Session: session, Now: now}
		start := time.Now()
		r := t.Assess(in)
		o.took = append(o.took, time.Since(start))
		session = session.After(in, r)
		o.level = r.Level
		o.levels = append(o.levels, r.Level)
		o.rules = o.rules[:0]
		for _, e := range r.Evidence {
			o.rules = append(o.rules, e.RuleID)
		}
	}
	o.flags = append(o.flags, session.Flags...)
	return o
}
