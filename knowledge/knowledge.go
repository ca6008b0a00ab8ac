// Package knowledge is what the assistant knows: regions, documents with their dates, passages, bridge cards,
// and the search over them. It stores everything in PostgreSQL with pgvector.
package knowledge

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Store reads and writes the knowledge.
type Store struct {
	db    *pgxpool.Pool
	now   func() time.Time
	books loaded

	meaning *meaning // nil: searches are lexical

	reranker   Reranker   // nil: the order of the fusion holds
	questioner Questioner // nil: no questions are written for clauses
	journal    Journal    // of the index; nil: none is kept

	stirred chan struct{} // something was put
}

// NewStore returns a store over a pool. now decides what "today" is where no date is given.
func NewStore(db *pgxpool.Pool, now func() time.Time) *Store {
	return &Store{db: db, now: now, books: newLoaded(), stirred: make(chan struct{}, 1)}
}

// Today is the current date in China, the default for every "in force on".
func (s *Store) Today() Date {
	return Date(s.now().In(china).Format(time.DateOnly))
}

var china = time.FixedZone("CST", 8*60*60)

// Date is a calendar date, YYYY-MM-DD; empty means unknown.
type Date string

// ParseDate checks a date given by a person. An empty text is the unknown date.
func ParseDate(text string) (Date, error) {
	if text == "" {
		return "", nil
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", &InputError{fmt.Sprintf("日期“%s”不对，请写成 2026-03-01 这样的格式", clip(text, 20))}
	}
	return Date(text), nil
}

// InputError is a mistake in what a person gave; its text is a Chinese sentence that says what to do.
type InputError struct{ Message string }

func (e *InputError) Error() string { return e.Message }

// clip shortens text from outside before it is shown back.
func clip(text string, runes int) string {
	if r := []rune(text); len(r) > runes {
		return string(r[:runes]) + "…"
	}
	return text
}
