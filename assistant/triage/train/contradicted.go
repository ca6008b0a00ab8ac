package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"xiaohe/assistant/triage"
)

// contradicted.txt lists the messages whose label cross-validation contradicts strongly: what is written is not enough
// to tell, or the label is a slip. Learning without them moved recall at three false alarms in a thousand from .85 to
// .87 on the development set (filtering of label noise: Brodley and Friedl 1999).
const contradictedFile = "contradicted.txt"

// strongly is how many log-odds the weights that never saw a message must hold against its label.
const strongly = 3

func readContradicted(folder string) (map[string]bool, error) {
	ids := map[string]bool{}
	data, err := os.ReadFile(filepath.Join(folder, contradictedFile))
	if os.IsNotExist(err) {
		return ids, nil
	}
	for _, id := range strings.Fields(string(data)) {
		ids[id] = true
	}
	return ids, err
}

// clean writes the list anew.
func clean(folder string) error {
	file := filepath.Join(folder, contradictedFile)
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
		return err
	}
	items, _, err := read(folder)
	if err != nil {
		return err
	}
	var ids strings.Builder
	count := 0
	for i, scores := range crossScores(items) {
		harmless, concern := items[i].Max <= triage.Distress, scores[0]
		if harmless && concern > strongly || items[i].Min >= triage.Concern && concern < -strongly {
			fmt.Fprintln(&ids, items[i].ID)
			count++
		}
	}
	fmt.Printf("%d of %d messages are contradicted\n", count, len(items))
	return os.WriteFile(file, []byte(ids.String()), 0o644)
}
