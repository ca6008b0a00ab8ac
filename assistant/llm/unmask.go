package llm

import "encoding/json"

// shown puts masked words back into the strings of a JSON text, but not into the names of its fields. Each string is
// decoded first: a word may hold quotes and line breaks.
func shown(text []byte, show func(string) string) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		if text[i] != '"' {
			out = append(out, text[i])
			i++
			continue
		}
		end := stringEnd(text, i)
		literal := text[i:end]
		if next := indexAfterBlanks(text, end); next < len(text) && text[next] == ':' {
			out = append(out, literal...)
		} else {
			out = append(out, shownString(literal, show)...)
		}
		i = end
	}
	return out
}

func shownString(literal []byte, show func(string) string) []byte {
	var word string
	if json.Unmarshal(literal, &word) != nil {
		return literal
	}
	open := show(word)
	if open == word {
		return literal
	}
	encoded, err := json.Marshal(open)
	if err != nil {
		return literal
	}
	return encoded
}

// stringEnd is where the string that begins at start ends, after its quote.
func stringEnd(text []byte, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
