package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"xiaohe/assistant/triage"
)

// item is a message to learn from.
type item struct {
	ID       string          `json:"id"`
	Text     string          `json:"text"`
	Category triage.Category `json:"category"`
	Speaker  triage.Speaker  `json:"speaker"`
	Min      triage.Level    `json:"min_level"`
	Max      triage.Level    `json:"max_level"`
	Flags    []triage.Flag   `json:"flags"`

	features [][]triage.Feature // of the whole, then of its pieces
}

// readItems reads all messages of a folder that may be learned from, in the order of the file names.
func readItems(folder string, reader *triage.Reader) ([]item, string, error) {
	names, err := filepath.Glob(filepath.Join(folder, "train*.jsonl"))
	if err != nil {
		return nil, "", err
	}
	if len(names) == 0 {
		return nil, "", fmt.Errorf("no train*.jsonl in %s", folder)
	}
	slices.Sort(names)
	if everyday := filepath.Join(folder, "everyday.jsonl"); exists(everyday) {
		names = append(names, everyday)
	}
	var items []item
	left, err := readContradicted(folder)
	if err != nil {
		return nil, "", err
	}
	hash := sha256.New()
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, "", err
		}
		hash.Write(data)
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var it item
			if err := json.Unmarshal(lines.Bytes(), &it); err != nil {
				return nil, "", fmt.Errorf("%s: %w", name, err)
			}
			if left[it.ID] || filepath.Base(name) == "everyday.jsonl" && !toLearn(it.ID) {
				continue
			}
			it.features = reader.Features(it.Text)
			if len(it.features) > 0 {
				items = append(items, it)
			}
		}
	}
	return items, hex.EncodeToString(hash.Sum(nil)[:8]), nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// toLearn tells whether a message of everyday.jsonl is learned from: two thirds of them, by their ids. The others show how
// often triage is wrong on ordinary talk.
func toLearn(id string) bool {
	return hashOf(id)%3 != 0
}

// target tells what a head should say of an item: 1, 0, or no opinion.
func (it *item) target(head string) (want float32, ok bool) {
	yes := func(is bool) (float32, bool) {
		if is {
			return 1, true
		}
		return 0, true
	}
	for _, h := range []struct {
		name  string
		level triage.Level
	}{{"concern", triage.Concern}, {"high", triage.High}, {"imminent", triage.Imminent}} {
		if head == h.name {
			if it.Min < h.level && it.Max >= h.level {
				return 0, false
			}
			return yes(it.Min >= h.level)
		}
	}
	switch speaker := triage.Speaker(head); speaker {
	case triage.Child, triage.Caregiver, triage.ThirdParty, triage.Worker:
		if it.Speaker == triage.Unknown {
			return 0, false
		}
		return yes(it.Speaker == speaker)
	}
	if slices.Contains(it.Flags, triage.Flag(head)) {
		return 1, true
	}
	return yes(string(it.Category) == head && it.Max >= triage.Concern)
}
