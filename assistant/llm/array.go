package llm

import (
	"bytes"
	"encoding/json"
)

// elements reads a JSON object as it comes, in pieces of any size, and gives each element of one of its top-level arrays
// as soon as it is complete. What stands before the object (thoughts, a code fence) is passed over.
type elements struct {
	array string

	text     []byte // all that came
	at       int    // of text that is read
	begun    bool   // the object has begun
	start    int    // of the object
	ended    bool   // the object is complete
	depth    int    // of brackets
	inString bool
	escaped  bool
	quote    int    // where the string began
	last     string // the last string at depth 1: a key where a colon follows
	key      string
	inArray  bool
	had      bool // the array is over
	element  int  // where the element began; -1: between elements
}

func newElements(array string) *elements { return &elements{array: array, element: -1} }

// write takes the next piece and gives the elements that it completes. An error of each ends it.
func (e *elements) write(piece string, each func(json.RawMessage) error) error {
	e.text = append(e.text, piece...)
	if !e.begun && !e.begin() {
		return nil
	}
	for ; e.at < len(e.text) && !e.ended; e.at++ {
		if err := e.step(e.text[e.at], each); err != nil {
			return err
		}
	}
	return nil
}

const thoughtsEnd = "</think>"

// begin looks for the beginning of the object: a brace and, after blanks, a quote.
func (e *elements) begin() bool {
	text := e.text
	offset := 0
	if thinking := indexAfterBlanks(text, 0); thinking < len(text) && bytes.HasPrefix(text[thinking:], []byte("<think>")) {
		end := bytes.Index(text, []byte(thoughtsEnd))
		if end < 0 {
			return false
		}
		offset = end + len(thoughtsEnd)
	}
	for i := offset; i < len(text); i++ {
		if text[i] != '{' {
			continue
		}
		next := indexAfterBlanks(text, i+1)
		if next == len(text) {
			return false // the rest will tell
		}
		if text[next] == '"' || text[next] == '}' {
			e.begun, e.start, e.at = true, i, i
			return true
		}
	}
	return false
}

// step reads one byte.
func (e *elements) step(b byte, each func(json.RawMessage) error) error {
	if e.inString {
		return e.stringByte(b, each)
	}
	isTop := e.inArray && e.depth == 2
	switch b {
	case ' ', '\t', '\n', '\r':
	case '"':
		e.inString, e.quote = true, e.at
		e.mark(isTop)
	case '{', '[':
		e.mark(isTop)
		e.depth++
		if b == '[' && e.depth == 2 && e.key == e.array && !e.had {
			e.inArray = true
		}
	case '}', ']':
		return e.close(isTop, each)
	case ',':
		if isTop {
			return e.finish(e.at, each) // a number, a word
		}
		if e.depth == 1 {
			e.key, e.last = "", ""
		}
	case ':':
		if e.depth == 1 {
			e.key = e.last
		}
	default:
		e.mark(isTop)
	}
	return nil
}

func (e *elements) stringByte(b byte, each func(json.RawMessage) error) error {
	switch {
	case e.escaped:
		e.escaped = false
	case b == '\\':
		e.escaped = true
	case b == '"':
		e.inString = false
		if e.depth == 1 {
			e.last = ""
			_ = json.Unmarshal(e.text[e.quote:e.at+1], &e.last) // no string, no key
		}
		if e.inArray && e.depth == 2 {
			return e.finish(e.at+1, each)
		}
	}
	return nil
}

// close reads a closing bracket.
func (e *elements) close(isTop bool, each func(json.RawMessage) error) error {
	if isTop {
		if err := e.finish(e.at, each); err != nil {
			return err
		}
		e.inArray, e.had = false, true
	}
	e.depth--
	if e.inArray && e.depth == 2 {
		return e.finish(e.at+1, each)
	}
	e.ended = e.depth <= 0
	return nil
}

// mark notes where an element of the array begins.
func (e *elements) mark(isTop bool) {
	if isTop && e.element < 0 {
		e.element = e.at
	}
}

// finish gives the element that ends before end.
func (e *elements) finish(end int, each func(json.RawMessage) error) error {
	if e.element < 0 {
		return nil
	}
	raw := json.RawMessage(bytes.Clone(bytes.TrimSpace(e.text[e.element:end])))
	e.element = -1
	return each(raw)
}

// whole is the object as it came, where it is complete.
func (e *elements) whole() []byte {
	if !e.ended {
		return nil
	}
	return e.text[e.start:e.at]
}

func indexAfterBlanks(text []byte, from int) int {
	for from < len(text) && (text[from] == ' ' || text[from] == '\t' || text[from] == '\n' || text[from] == '\r') {
		from++
	}
	return from
}
