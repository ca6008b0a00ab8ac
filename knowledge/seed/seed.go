// Package seed holds the starter knowledge that is built into the program: regions, bridge cards, benefit rules,
// the lay-to-policy lexicon and the character tables. Officers edit these files; no Go is needed.
package seed

import (
	"embed"
	"io/fs"
	"strings"
)

// Files holds regions.tsv, aliases.tsv, lexicon.tsv, offtopic.txt, stopwords.txt, traditional.tsv and policies/*.md.
//
//go:embed regions.tsv aliases.tsv lexicon.tsv offtopic.txt stopwords.txt traditional.tsv policies
var Files embed.FS

//go:embed benefits
var benefits embed.FS

// Benefits is the built-in rule set.
func Benefits() fs.FS {
	files, err := fs.Sub(benefits, "benefits")
	if err != nil {
		panic("seed: " + err.Error()) // the folder is part of the binary
	}
	return files
}

// Lines returns the lines of an embedded text file that are neither empty nor comments (#).
func Lines(name string) []string {
	data, err := Files.ReadFile(name)
	if err != nil {
		panic("seed: " + err.Error()) // the file is part of the binary
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}
