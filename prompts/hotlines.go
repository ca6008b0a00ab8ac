package prompts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"
)

// Hotline is a number as a person sees it.
type Hotline struct {
	Key    string `json:"key"`
	Number string `json:"number"`
	Name   string `json:"name"`
	Note   string `json:"note"` // what it is for, and its hours where somebody has checked them
	Link   string `json:"link"` // tel: or sms:
}

// entry is a hotline as the operator keeps it.
type entry struct {
	Key        string   `json:"key"` // the placeholder that it fills
	Number     string   `json:"number"`
	Name       string   `json:"name"`
	Use        string   `json:"use"`
	Region     string   `json:"region"`  // CN, or digits of an administrative division
	Channel    string   `json:"channel"` // voice or sms
	Hours      hours    `json:"hours"`
	Situations []string `json:"situations"`
	Source     string   `json:"source"`
	Confidence string   `json:"confidence"` // P primary text, S secondary source, G general knowledge, X not to be shown
	VerifiedOn string   `json:"verified_on"`
	VerifiedBy string   `json:"verified_by"`
	MaxAgeDays int      `json:"max_age_days"` // days for which a check by telephone counts
}

type hours struct {
	Kind   string `json:"kind"` // always, at_least, local, unknown
	PerDay int    `json:"per_day,omitempty"`
	Text   string `json:"text,omitempty"` // for local, such as 工作日上午八点到下午五点
}

// emergency numbers are the same everywhere, need no check and cannot be taken out of any answer.
var emergency = map[string]string{"police": "110", "ambulance": "120", "fire": "119"}

// PublicNumbers are those of all built-in hotlines: whoever writes one down tells nothing of themselves.
var PublicNumbers = sync.OnceValue(func() []string {
	entries, err := readHotlines(files, "hotlines.json")
	if err != nil {
		panic(err) // embedded, and read by every test
	}
	numbers := make([]string, len(entries))
	for i, e := range entries {
		numbers[i] = e.Number
	}
	return numbers
})

// LoadHotlines returns a book with the operator's own file laid over the numbers in use: an entry with the same key and
// region is replaced, another is added, confidence X takes a number out. Nothing changes when the file has a fault.
func (b *Book) LoadHotlines(fsys fs.FS, name string) (*Book, error) {
	own, err := readHotlines(fsys, name)
	if err != nil {
		return nil, err
	}
	merged := slices.Clone(b.hotlines)
	for _, e := range own {
		i := slices.IndexFunc(merged, func(old entry) bool {
			return old.Key == e.Key && regionPrefix(old.Region) == regionPrefix(e.Region)
		})
		if i < 0 {
			merged = append(merged, e)
		} else {
			merged[i] = e
		}
	}
	next := *b
	next.setHotlines(merged)
	if err := next.checkRendered(); err != nil {
		return nil, fmt.Errorf("with %s: %w", name, err)
	}
	return &next, nil
}

func readHotlines(fsys fs.FS, name string) ([]entry, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read hotlines: %w", err)
	}
	var entries []entry
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&entries); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if d.More() {
		return nil, fmt.Errorf("%s: something follows the list", name)
	}
	var faults []error
	seen := map[string]bool{}
	for _, e := range entries {
		id := e.Key + " " + regionPrefix(e.Region)
		if seen[id] {
			faults = append(faults, fmt.Errorf("%s: %s in %s stands twice", name, e.Key, e.Region))
		}
		seen[id] = true
		if err := e.check(); err != nil {
			faults = append(faults, fmt.Errorf("%s: %s %s: %w", name, e.Key, e.Number, err))
		}
	}
	return entries, errors.Join(faults...)
}

func (b *Book) setHotlines(entries []entry) {
	b.hotlines = entries
	data, err := json.Marshal(entries)
	if err != nil {
		panic("prompts: " + err.Error()) // plain structs always marshal
	}
	sum := sha256.Sum256(data)
	b.versions.Hotlines = hex.EncodeToString(sum[:])[:12]
}

func doubtedNumbers(entries []entry) map[string]bool {
	doubted := map[string]bool{}
	for _, e := range entries {
		if e.Confidence == "X" {
			doubted[e.Number] = true
		}
	}
	return doubted
}

// Hotline returns the number for a key in a region on a day; false where there is none that may be shown.
func (b *Book) Hotline(key, region string, on time.Time) (Hotline, bool) {
	if e, ok := b.entryFor(key, region, on); ok {
		return e.shown(on), true
	}
	return Hotline{}, false
}

// entryFor prefers the nearest region. X there means "none here"; an unchecked one leaves the wider region's.
func (b *Book) entryFor(key, region string, on time.Time) (entry, bool) {
	for _, e := range b.nearest(key, region) {
		if e.Confidence == "X" {
			return entry{}, false
		}
		if b.showable(e, on) {
			return e, true
		}
	}
	return entry{}, false
}

func (b *Book) nearest(key, region string) []entry {
	var found []entry
	for _, e := range b.hotlines {
		if e.Key == key && strings.HasPrefix(region, regionPrefix(e.Region)) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(x, y entry) int { return len(regionPrefix(y.Region)) - len(regionPrefix(x.Region)) })
	return found
}

// showable: what rests on hearsay alone, differs from place to place or is in doubt needs a fresh check by telephone.
func (b *Book) showable(e entry, on time.Time) bool {
	switch {
	case e.isEmergency():
		return true
	case e.Confidence == "X":
		return false
	case e.Confidence == "G", e.Channel == "sms", b.doubted[e.Number]:
		return e.fresh(on)
	}
	return true
}

func (e entry) isEmergency() bool { return emergency[e.Key] == e.Number && e.Number != "" }

// fresh tells whether somebody has checked the number and its hours lately enough. A check dated in the future is a
// slip of the pen and counts as none.
func (e entry) fresh(on time.Time) bool {
	checked, err := time.Parse(time.DateOnly, e.VerifiedOn)
	if err != nil || on.IsZero() {
		return false
	}
	today, _ := time.Parse(time.DateOnly, on.Format(time.DateOnly))
	age := today.Sub(checked)
	return age >= 0 && age <= time.Duration(e.MaxAgeDays)*24*time.Hour
}

func (e entry) shown(on time.Time) Hotline {
	scheme := "tel:"
	if e.Channel == "sms" {
		scheme = "sms:"
	}
	h := Hotline{Key: e.Key, Number: e.Number, Name: e.Name, Note: e.Use, Link: scheme + strings.ReplaceAll(e.Number, "-", "")}
	if words := e.Hours.words(); words != "" && !e.isEmergency() && e.fresh(on) {
		h.Note += "，" + words
	}
	return h
}

func (h hours) words() string {
	switch h.Kind {
	case "always":
		return "全天有人接"
	case "at_least":
		return fmt.Sprintf("每天至少 %d 小时", h.PerDay)
	case "local":
		return h.Text
	}
	return ""
}

// Stale lists the numbers in use that nobody has checked in time, each with the reason in its note. The emergency
// numbers are not among them.
func (b *Book) Stale(on time.Time) []Hotline {
	var stale []Hotline
	for _, e := range b.hotlines {
		if e.isEmergency() || e.fresh(on) || e.Confidence == "X" || e.VerifiedOn == "" && !b.showable(e, on) {
			continue
		}
		h := e.shown(on)
		h.Note = "从没有打通核对过"
		if e.VerifiedOn != "" {
			h.Note = fmt.Sprintf("上次核对是 %s，过了 %d 天的期限", e.VerifiedOn, e.MaxAgeDays)
		}
		stale = append(stale, h)
	}
	return stale
}

// regionPrefix cuts the zeros that only fill up: 330100 covers 3301…, CN covers all.
func regionPrefix(region string) string {
	if region == "CN" {
		return ""
	}
	for _, cut := range []struct{ from, to int }{{12, 9}, {9, 6}, {6, 4}, {4, 2}} {
		if len(region) == cut.from && strings.Trim(region[cut.to:], "0") == "" {
			region = region[:cut.to]
		}
	}
	return region
}
