// Package ingest brings documents in: a reader per format makes Markdown of a file, the structure of official
// documents (编 章 节 条 款 项, 一、（一）1.) cuts it into passages, and the head and tail give its metadata.
package ingest

import (
	"path/filepath"
	"strings"

	"xiaohe/knowledge"
)

// source is what a reader makes of a file: Markdown text and the metadata that the format itself carries.
type source struct {
	text     string
	meta     metadata
	warnings []string
}

// reader turns the bytes of one format into a source.
type reader func(data []byte) (source, error)

// readers by file name extension. A new format is one more line here.
var readers = map[string]reader{
	".md":       readMarkdown,
	".markdown": readMarkdown,
	".txt":      readPlain,
	".html":     readHTML,
	".htm":      readHTML,
}

func readerFor(name string) (reader, error) {
	ext := strings.ToLower(filepath.Ext(name))
	if r, ok := readers[ext]; ok {
		return r, nil
	}
	return nil, &knowledge.InputError{Message: "暂不支持“" + ext + "”格式，请另存为 Markdown、纯文本或网页（.md .txt .html）"}
}

// lines splits text into trimmed lines without the empty ones: one paragraph a line.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u200b", "", "\ufeff", "").Replace(text)) {
		if line = strings.Trim(line, " \t\n\f\u3000\u00a0"); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// readPlain reads a text file: its lines are its paragraphs.
func readPlain(data []byte) (source, error) {
	text, err := decode(data)
	if err != nil {
		return source{}, err
	}
	return source{text: strings.Join(lines(text), "\n")}, nil
}
