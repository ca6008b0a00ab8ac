//go:build !race

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestTrainingIsReproducible trains again and compares the bytes with the committed weights.
func TestTrainingIsReproducible(t *testing.T) {
	out := filepath.Join(t.TempDir(), "weights.bin")
	if err := run("../data", out, false); err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile("../weights.bin")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, committed) {
		t.Error("the weights are not those of the messages and rules; run: go run ./assistant/triage/train")
	}
	const most = 1_000_000
	if len(committed) > most {
		t.Errorf("the weights take %d bytes", len(committed))
	}
}
