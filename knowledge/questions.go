package knowledge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"xiaohe/knowledge/lexical"
)

// Questioner writes lay questions that a clause answers (doc2query: Nogueira et al. 2019).
type Questioner interface {
	// Prompt names what the model is asked with; after a change of it every clause is asked about again.
	Prompt() string
	// Questions returns the questions and the model that wrote them. ErrNoQuestions is about this clause, any other error
	// about the model.
	Questions(ctx context.Context, title, clause, body string) (questions []string, model string, err error)
}

// ErrNoQuestions says that the model wrote nothing of use for a clause.
var ErrNoQuestions = errors.New("no questions for this clause")

// UseQuestioner has the index write questions for clauses. It is to be called before RunIndex; nil leaves the store as it is.
func (s *Store) UseQuestioner(q Questioner) { s.questioner = q }

const (
	maxQuestions     = 5
	minQuestion      = 4  // characters
	maxQuestion      = 60 // characters
	minQuestioned    = 20 // characters of a clause that is worth a question
	questionsRead    = 32 // clauses that are read at once
	questionsLock    = `hashtextextended(current_schema() || '.questions', 0)`
	questionsLacking = `FROM passages p WHERE p.kind = 'policy' AND p.holds_from < p.holds_until AND p.holds_until > now()
		AND length(p.body) >= $2 AND NOT EXISTS (SELECT FROM questioned_passages q WHERE q.passage_id = p.id AND q.prompt = $1)`
)

// WriteQuestions has questions written for all clauses that have none by the current prompt. each is called after every
// clause with how many are done and how many there are; nil: nobody. It ends at once where another process is at it. Each
// clause is stored by itself, so what was done stays done.
func (s *Store) WriteQuestions(ctx context.Context, each func(done, total int)) error {
	if s.questioner == nil {
		return &InputError{"没有接入语言模型：请写 --chat-url 和 --chat-model"}
	}
	_, err := s.alone(ctx, questionsLock, func() error { return s.writeQuestions(ctx, each) })
	return err
}

func (s *Store) writeQuestions(ctx context.Context, each func(done, total int)) error {
	done, total := 0, 0
	if each != nil {
		err := s.db.QueryRow(ctx, `SELECT count(*) `+questionsLacking, s.questioner.Prompt(), minQuestioned).Scan(&total)
		if err != nil {
			return fmt.Errorf("count clauses without questions: %w", err)
		}
	}
	for {
		clauses, err := s.unquestioned(ctx)
		if err != nil || len(clauses) == 0 {
			return err
		}
		for _, c := range clauses {
			questions, model, err := s.questioner.Questions(ctx, c.title, c.clause, c.body)
			if err != nil && !errors.Is(err, ErrNoQuestions) {
				return fmt.Errorf("ask for questions: %w", err)
			}
			if err := s.storeQuestions(ctx, c.id, keepQuestions(questions), model); err != nil {
				return err
			}
			if done++; each != nil {
				each(done, max(done, total))
			}
		}
	}
}

// unquestionedClause is a clause that no question was written for.
type unquestionedClause struct {
	id                  int64
	title, clause, body string
}

func (s *Store) unquestioned(ctx context.Context) ([]unquestionedClause, error) {
	rows, err := s.db.Query(ctx, `SELECT p.id, d.title, p.clause, p.body
		FROM (SELECT p.id `+questionsLacking+` ORDER BY p.id LIMIT $3) m JOIN passages p USING (id) JOIN documents d ON d.id = p.document_id
		ORDER BY p.id`, s.questioner.Prompt(), minQuestioned, questionsRead)
	if err != nil {
		return nil, fmt.Errorf("find clauses without questions: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c unquestionedClause, err error) {
		return c, row.Scan(&c.id, &c.title, &c.clause, &c.body)
	})
}

// storeQuestions replaces the questions of a clause. They count in no document frequency, as what people really say does.
func (s *Store) storeQuestions(ctx context.Context, passage int64, questions []string, model string) error {
	vectors := make([]string, len(questions))
	for i, q := range questions {
		vectors[i] = sparse(lexical.Document(q, lexical.AskLength)).String()
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO questioned_passages (passage_id, prompt)
			SELECT id, $2 FROM passages WHERE id = $1 FOR SHARE ON CONFLICT DO NOTHING`, passage, s.questioner.Prompt())
		if err != nil || tag.RowsAffected() == 0 {
			return err // the clause is gone, or somebody else was faster
		}
		if _, err := tx.Exec(ctx, `DELETE FROM generated_questions WHERE passage_id = $1`, passage); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO generated_questions (passage_id, body, model, prompt, holds_from, holds_until, region_prefix, lex)
			SELECT p.id, n.body, $4, $5, p.holds_from, p.holds_until, p.region_prefix, n.lex::sparsevec
			FROM passages p, unnest($2::text[], $3::text[]) AS n (body, lex) WHERE p.id = $1`,
			passage, questions, vectors, model, s.questioner.Prompt())
		return err
	})
	if err != nil {
		return fmt.Errorf("store generated questions: %w", err)
	}
	s.stir()
	return nil
}

// keepQuestions drops what cannot be a question of a person: a model wrote it, perhaps after reading a text that wants to be
// found by everything.
func keepQuestions(questions []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, q := range questions {
		q = strings.Join(strings.Fields(q), " ")
		n := utf8.RuneCountInString(q)
		key := strip(lexical.Normalize(q))
		switch {
		case n < minQuestion, n > maxQuestion, seen[key], len(kept) == maxQuestions, !utf8.ValidString(q),
			strings.ContainsFunc(q, func(r rune) bool {
				return unicode.IsControl(r) || strings.ContainsRune("《》〔〕{}<>[]|", r)
			}),
			!strings.ContainsFunc(q, isHan):
			continue
		}
		seen[key] = true
		kept = append(kept, q)
	}
	return kept
}

// questionLeg finds clauses by the questions that were written for them. What they find is only ever the clause.
func questionLeg(batch *pgx.Batch, q Query, v lexical.Vector, scale float64, f *found) {
	batch.Queue(`SELECT p.id, p.document_id, p.clause, p.region_prefix <> '', -g.distance FROM (
			SELECT passage_id, lex <#> $3 AS distance FROM generated_questions WHERE `+inForce+` ORDER BY distance, id LIMIT $4) g
		JOIN passages p ON p.id = g.passage_id ORDER BY g.distance, p.id`,
		q.Region.Prefix, string(q.On), sparse(v), askCandidates).Query(func(rows pgx.Rows) error {
		all, err := candidates(rows)
		for _, c := range all {
			if c.score /= scale; c.score > 0 {
				f.questioned = append(f.questioned, c)
			}
		}
		return err
	})
}

// closeClause is a clause with the questions that a model wrote for it, by words and by meaning.
type closeClause struct {
	candidate
	words, meaning best3
}

// best3 are the three largest of some values; what is missing is 0.
type best3 [3]float64

func (b *best3) add(x float64) {
	for i := range b {
		if x > b[i] {
			b[i], x = x, b[i]
		}
	}
}

func (b best3) mean() float64 { return (b[0] + b[1] + b[2]) / 3 }

// weighQuestions looks at every question of the clauses that either leg has come across.
func (s *Store) weighQuestions(ctx context.Context, f *found) (clauses []closeClause, err error) {
	ids := slices.Clone(f.dense.questioned)
	for _, c := range f.questioned {
		ids = append(ids, c.id)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := s.db.Query(ctx, `SELECT p.id, p.document_id, p.clause, p.region_prefix <> '', -(g.lex <#> $3), coalesce(-(v.v <#> $4::halfvec), 0)
		FROM generated_questions g JOIN passages p ON p.id = g.passage_id
		LEFT JOIN generated_question_vectors v ON v.question_id = g.id AND v.generation = $2
		WHERE g.passage_id = ANY($1) ORDER BY p.id, g.id`, ids, f.dense.id, sparse(f.asks), f.dense.v)
	if err != nil {
		return nil, err
	}
	var row closeClause
	var words, meaning float64
	_, err = pgx.ForEachRow(rows, []any{&row.id, &row.document, &row.clause, &row.local, &words, &meaning}, func() error {
		if n := len(clauses); n == 0 || clauses[n-1].id != row.id {
			clauses = append(clauses, row)
		}
		c := &clauses[len(clauses)-1]
		c.words.add(words / f.askScale)
		c.meaning.add(meaning)
		return nil
	})
	return clauses, err
}
