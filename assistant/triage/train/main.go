// Command train makes the weights of the triage classifier from the messages in the repository:
//
//	go run ./assistant/triage/train
//
// The same messages give the same bytes on every machine.
package main

import (
	"flag"
	"fmt"
	"os"

	"xiaohe/assistant/triage"
	"xiaohe/knowledge/lexical"
)

func main() {
	data := flag.String("data", "assistant/triage/data", "folder with train*.jsonl and everyday.jsonl")
	out := flag.String("out", "assistant/triage/weights.bin", "file to write")
	anew := flag.Bool("clean", false, "write the list of contradicted messages anew, which takes a minute")
	validate := flag.Bool("validate", false, "print what cross-validation says")
	flag.Parse()
	if *anew {
		if err := clean(*data); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := run(*data, *out, *validate); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder, out string, validate bool) error {
	items, hash, err := read(folder)
	if err != nil {
		return err
	}
	if validate {
		fmt.Print(crossValidate(items))
	}
	weights, err := quantise(train(items), hash)
	if err != nil {
		return err
	}
	fmt.Printf("%d messages, %d bytes of weights\n", len(items), len(weights))
	return os.WriteFile(out, weights, 0o644)
}

// read reads the messages of a folder with the features that the classifier sees.
func read(folder string) ([]item, string, error) {
	t, err := triage.Untrained(lexical.Simplified())
	if err != nil {
		return nil, "", err
	}
	return readItems(folder, triage.NewReader(t))
}
