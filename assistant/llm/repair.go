package llm

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kaptinlin/jsonrepair"
)

// object finds the one JSON object in what a model wrote and mends what is small: a code fence or a sentence around it,
// thoughts before it, trailing commas, single quotes. It never completes what was cut off: half a sentence with a
// closing bracket would pass for a whole one.
func object(text string) ([]byte, error) {
	text = withoutThoughts(text)
	start, end := strings.IndexByte(text, '{'), strings.LastIndexByte(text, '}')
	if start < 0 || end < start {
		return nil, fmt.Errorf("%w: no JSON object", ErrInvalid)
	}
	whole := strings.TrimSpace(text)
	if json.Valid([]byte(whole)) && whole[0] == '{' {
		return []byte(whole), nil
	}
	if first := firstValue(text[start:]); first != nil && !strings.Contains(text[start+len(first):], "{") {
		return first, nil
	}
	if isOpen(text[end+1:]) || isOddlyQuoted(text[start:end+1]) {
		return nil, fmt.Errorf("%w: cut off", ErrInvalid)
	}
	return mend(text[start : end+1])
}

// firstValue is the JSON value that a text begins with, if it is a sound one.
func firstValue(text string) json.RawMessage {
	var value json.RawMessage
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&value); err != nil {
		return nil
	}
	return value
}

// isOpen tells whether what follows the last brace can be part of the JSON: then the end of the object is missing.
func isOpen(rest string) bool { return strings.ContainsAny(rest, `"[`) }

// isOddlyQuoted tells whether a string has no end: then the last brace may stand in it.
func isOddlyQuoted(text string) bool {
	double, single, escaped := 0, 0, false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '"':
			double++
		case r == '\'':
			single++
		}
	}
	if double > 0 {
		return double%2 == 1
	}
	return single%2 == 1 || strings.Count(text, "“") != strings.Count(text, "”")
}

// mend repairs one object whose beginning and end are there.
func mend(text string) (mended []byte, err error) {
	defer func() {
		if p := recover(); p != nil { // a library that reads hostile text
			mended, err = nil, fmt.Errorf("%w: not repairable", ErrInvalid)
		}
	}()
	repaired, err := jsonrepair.Repair(text)
	if err != nil {
		return nil, fmt.Errorf("%w: not repairable", ErrInvalid) // the library's words may repeat the text
	}
	if count(repaired) > count(text) {
		return nil, fmt.Errorf("%w: cut off", ErrInvalid)
	}
	repaired = strings.TrimSpace(repaired)
	if !json.Valid([]byte(repaired)) || repaired[0] != '{' {
		return nil, fmt.Errorf("%w: not an object", ErrInvalid)
	}
	return []byte(repaired), nil
}

// count is the number of closing brackets.
func count(text string) int { return strings.Count(text, "}") + strings.Count(text, "]") }

// withoutThoughts drops what a reasoning model thought before it answered.
func withoutThoughts(text string) string {
	trimmed := strings.TrimSpace(text)
	if !strings.HasPrefix(trimmed, "<think>") {
		return text
	}
	_, answer, found := strings.Cut(trimmed, "</think>")
	if !found {
		return ""
	}
	return answer
}
