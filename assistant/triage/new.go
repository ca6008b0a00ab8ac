package triage

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"
)

// Triage reads messages. It is safe for concurrent use.
type Triage struct {
	book       *ruleBook
	homophones *homophones
	model      *model
	simplified map[rune]rune
	emoji      map[rune]bool
	versions   Versions
	fault      func(raw string) // for fault injection by tests
}

// New returns a triage with the embedded rules and weights. simplified maps traditional to simplified characters.
func New(simplified map[rune]rune) (*Triage, error) {
	t, err := Untrained(simplified)
	if err != nil {
		return nil, err
	}
	if t.model, err = readModel(weights); err != nil {
		return nil, err
	}
	t.versions.Weights = shortHash(weights)
	return t, nil
}

// Untrained returns a triage without a classifier, for the command that trains one.
func Untrained(simplified map[rune]rune) (*Triage, error) {
	if simplified['殺'] != '杀' {
		return nil, errors.New("triage: the table of traditional characters is missing")
	}
	t := &Triage{simplified: simplified, emoji: map[rune]bool{}}
	var err error
	if t.book, err = loadRules(ruleFiles); err != nil {
		return nil, fmt.Errorf("triage: %w", err)
	}
	if t.homophones, err = loadHomophones(ruleFiles); err != nil {
		return nil, fmt.Errorf("triage: %w", err)
	}
	for name := range t.book.lexicon.classes {
		for _, w := range t.book.lexicon.classes[name] {
			if r := []rune(w); len(r) == 1 && r[0] > 0x2190 && (r[0] < 0x2E80 || r[0] >= 0x1F000) && r[0] < 0x20000 {
				t.emoji[r[0]] = true
			}
		}
	}
	t.versions.Rules, err = hashFiles(ruleFiles)
	return t, err
}

// WithoutClassifier returns a triage with the rules alone, to measure what each layer adds.
func (t *Triage) WithoutClassifier() *Triage {
	rules := *t
	rules.model = nil
	return &rules
}

func hashFiles(files fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, path)
		h.Write(data)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:6]), err
}

func shortHash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

// Input is a message and what is known round it.
type Input struct {
	Text    string
	Speaker Speaker
	Session Session
	Now     time.Time
}

// HelpText is what the button of this name sends: a person is wanted, no reason has to be given.
const HelpText = "我现在需要帮助"

// internalError is the rule id under which a failure of triage itself reaches a human.
const internalError = "internal_error"

// Assess reads a message for danger. It never fails: where it breaks, a human looks (L2).
func (t *Triage) Assess(in Input) (r Result) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("triage failed", "panic", p, "stack", string(debug.Stack())) // no text: it may be anything
			r = Result{Versions: t.versions, Speaker: Unknown}
			r.add(Evidence{Source: "failure", RuleID: internalError, Level: Concern})
			r.Level = max(r.Level, in.Session.Level(in.Now))
		}
	}()
	if t.fault != nil {
		t.fault(in.Text)
	}
	r = t.read(in.Text)
	if in.Speaker != "" && in.Speaker != Unknown {
		r.Speaker = in.Speaker
	}
	if strings.TrimSpace(in.Text) == HelpText {
		r.add(Evidence{Source: "button", RuleID: "help-button", Level: High, End: len(in.Text)})
		r.settle()
	}
	t.accumulate(in, &r)
	return r
}

// Failed tells whether triage broke on the message: a ticket is due whatever the level.
func (r Result) Failed() bool {
	for _, e := range r.Evidence {
		if e.Source == "failure" {
			return true
		}
	}
	return false
}
