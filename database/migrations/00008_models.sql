-- +goose Up
-- Vectors of one embedding model with its prefixes. A change of model builds another generation beside the one in use;
-- searches go on in the old one until the new one is complete.
CREATE TABLE index_generations (
  id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model       text NOT NULL,                                              -- endpoint's model and prefixes: what makes vectors comparable
  dimension   int NOT NULL CHECK (dimension BETWEEN 1 AND 16000),
  state       text NOT NULL CHECK (state IN ('building', 'active', 'retired')),
  ask_mean    real[],                                                     -- of what people ask and of passages, taken from the vectors:
  passage_mean real[],                                                    -- what all texts of a kind share says nothing; null: not yet
  ask_spread  double precision,                                           -- standard deviation of the cosines of wordings that have nothing
  passage_spread double precision,                                        -- to do with each other, and of a wording with a passage
  created_at  timestamptz NOT NULL DEFAULT now(),
  active_at   timestamptz,
  retired_at  timestamptz
);
CREATE UNIQUE INDEX one_active_generation ON index_generations (state) WHERE state = 'active';
CREATE UNIQUE INDEX one_generation_in_building ON index_generations (state) WHERE state = 'building';

-- Vectors of unit length. They are scanned, not indexed: region and dates, copied from the passage, filter first. v is null
-- where the model refused the text. EXTERNAL and the target keep vectors of up to 4,000 dimensions in the row.
CREATE TABLE passage_vectors (
  passage_id  bigint NOT NULL REFERENCES passages ON DELETE CASCADE,
  generation  int NOT NULL REFERENCES index_generations ON DELETE CASCADE,
  holds_from  date NOT NULL,
  holds_until date NOT NULL,
  region_prefix text NOT NULL,
  v           halfvec,
  PRIMARY KEY (passage_id, generation)
) WITH (toast_tuple_target = 8160);
ALTER TABLE passage_vectors ALTER v SET STORAGE EXTERNAL;

CREATE TABLE ask_vectors (
  ask_id      bigint NOT NULL REFERENCES asks ON DELETE CASCADE,
  generation  int NOT NULL REFERENCES index_generations ON DELETE CASCADE,
  document_id uuid NOT NULL,                                              -- the wording's card
  holds_from  date NOT NULL,
  holds_until date NOT NULL,
  region_prefix text NOT NULL,
  v           halfvec,
  PRIMARY KEY (ask_id, generation)
) WITH (toast_tuple_target = 8160);
ALTER TABLE ask_vectors ALTER v SET STORAGE EXTERNAL;

-- The wordings of benefits are written anew with every rule set: their vectors belong to the words.
CREATE TABLE benefit_ask_vectors (
  body        text NOT NULL,
  generation  int NOT NULL REFERENCES index_generations ON DELETE CASCADE,
  v           halfvec,
  PRIMARY KEY (body, generation)
) WITH (toast_tuple_target = 8160);
ALTER TABLE benefit_ask_vectors ALTER v SET STORAGE EXTERNAL;
CREATE INDEX ON benefit_asks (body);

-- The words of a card as a whole: in how many of its title, wordings and answer a term stands, saturated and of one length.
CREATE TABLE card_words (
  document_id uuid PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
  holds_from  date NOT NULL,
  holds_until date NOT NULL,
  region_prefix text NOT NULL,
  lex         sparsevec(1000000000) NOT NULL
) WITH (toast_tuple_target = 8160);
ALTER TABLE card_words ALTER lex SET STORAGE EXTERNAL;
ALTER TABLE lexical_terms DROP CONSTRAINT lexical_terms_collection_check,
  ADD CONSTRAINT lexical_terms_collection_check CHECK (collection IN ('passage', 'ask', 'card'));
ALTER TABLE lexical_totals DROP CONSTRAINT lexical_totals_collection_check,
  ADD CONSTRAINT lexical_totals_collection_check CHECK (collection IN ('passage', 'ask', 'card'));

-- Lay questions that a language model wrote for a clause: they help to find it, and are never shown or cited.
CREATE TABLE generated_questions (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  passage_id  bigint NOT NULL REFERENCES passages ON DELETE CASCADE,
  body        text NOT NULL,
  model       text NOT NULL,
  prompt      text NOT NULL,                                              -- questions@1
  created_at  timestamptz NOT NULL DEFAULT now(),
  holds_from  date NOT NULL,
  holds_until date NOT NULL,
  region_prefix text NOT NULL,
  lex         sparsevec(1000000000) NOT NULL
);
ALTER TABLE generated_questions ALTER lex SET STORAGE PLAIN;
CREATE INDEX ON generated_questions (passage_id);

CREATE TABLE generated_question_vectors (
  question_id bigint NOT NULL REFERENCES generated_questions ON DELETE CASCADE,
  generation  int NOT NULL REFERENCES index_generations ON DELETE CASCADE,
  holds_from  date NOT NULL,
  holds_until date NOT NULL,
  region_prefix text NOT NULL,
  v           halfvec,
  PRIMARY KEY (question_id, generation)
) WITH (toast_tuple_target = 8160);
ALTER TABLE generated_question_vectors ALTER v SET STORAGE EXTERNAL;

-- Passages that a model was asked about, so that none is asked about twice by one prompt.
CREATE TABLE questioned_passages (
  passage_id  bigint NOT NULL REFERENCES passages ON DELETE CASCADE,
  prompt      text NOT NULL,
  questions   int NOT NULL CHECK (questions >= 0),                        -- how many were kept
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (passage_id, prompt)
);

-- The dates of a document's vectors follow it too.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION spread_validity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE d dated_documents;
BEGIN
  SELECT * INTO d FROM dated_documents WHERE id = NEW.id;
  UPDATE passages SET holds_from = d.holds_from, holds_until = d.holds_until WHERE document_id = d.id;
  UPDATE asks SET holds_from = d.holds_from, holds_until = d.holds_until WHERE document_id = d.id;
  UPDATE card_words SET holds_from = d.holds_from, holds_until = d.holds_until WHERE document_id = d.id;
  UPDATE generated_questions q SET holds_from = d.holds_from, holds_until = d.holds_until
    FROM passages p WHERE p.document_id = d.id AND q.passage_id = p.id;
  UPDATE passage_vectors v SET holds_from = d.holds_from, holds_until = d.holds_until
    FROM passages p WHERE p.document_id = d.id AND v.passage_id = p.id;
  UPDATE ask_vectors v SET holds_from = d.holds_from, holds_until = d.holds_until
    FROM asks a WHERE a.document_id = d.id AND v.ask_id = a.id;
  UPDATE generated_question_vectors v SET holds_from = d.holds_from, holds_until = d.holds_until
    FROM passages p JOIN generated_questions q ON q.passage_id = p.id WHERE p.document_id = d.id AND v.question_id = q.id;
  RETURN NULL;
END $$;
-- +goose StatementEnd

-- Tokens of each day, so that nodes share one budget. owner is '' for the program's own work and the sum of a day.
CREATE TABLE model_usage (
  day    date NOT NULL,
  owner  text NOT NULL,                                                   -- of a conversation or a key: never a name
  calls  int NOT NULL DEFAULT 0,
  tokens bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (day, owner)
);

-- What a model thought of a message, beside what triage said. It may only raise: where it does so late, the assessment of
-- the message and those after it are raised with it, the only change that an assessment ever sees.
CREATE TABLE opinions (
  conversation_id uuid NOT NULL,
  user_seq        bigint NOT NULL,
  outcome         text NOT NULL CHECK (outcome IN ('answered', 'no_answer', 'filtered')),
  level           smallint CHECK (level BETWEEN 0 AND 4),
  categories      text[] NOT NULL DEFAULT '{}',
  flags           text[] NOT NULL DEFAULT '{}',
  model           text NOT NULL,                                          -- empty where none answered
  prompt          text NOT NULL,                                          -- opinion@1; empty where none answered
  read_as         smallint NOT NULL CHECK (read_as BETWEEN 0 AND 4),      -- by triage: the level of the session without it
  raised_to       smallint CHECK (raised_to BETWEEN 0 AND 4),             -- null where it changed nothing
  late            boolean NOT NULL DEFAULT false,                         -- it came after the answer
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (conversation_id, user_seq),
  FOREIGN KEY (conversation_id, user_seq) REFERENCES messages (conversation_id, seq) ON DELETE CASCADE,
  CHECK ((outcome = 'answered') = (level IS NOT NULL)),
  CHECK (raised_to > read_as)
);

-- Keys of other programs. Only the hash is kept.
CREATE TABLE api_keys (
  id          uuid PRIMARY KEY,
  name        text NOT NULL UNIQUE CHECK (name <> ''),
  hash        bytea NOT NULL UNIQUE,
  scopes      text[] NOT NULL CHECK (scopes <> '{}' AND scopes <@ ARRAY['chat', 'search', 'benefits', 'questions']),
  region_code text NOT NULL REFERENCES regions,                           -- where its users are who say nothing else
  per_minute  int NOT NULL DEFAULT 60 CHECK (per_minute BETWEEN 1 AND 6000),
  per_day     int NOT NULL DEFAULT 5000 CHECK (per_day BETWEEN 1 AND 10000000),
  created_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text NOT NULL,
  used_at     timestamptz,
  disabled_at timestamptz,
  day         date,                                                       -- of the calls below, in China: all nodes count here
  calls       int NOT NULL DEFAULT 0
);

-- +goose Down
DROP TABLE api_keys, opinions, model_usage;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION spread_validity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE passages p SET holds_from = d.holds_from, holds_until = d.holds_until
    FROM dated_documents d WHERE d.id = NEW.id AND p.document_id = NEW.id;
  UPDATE asks a SET holds_from = d.holds_from, holds_until = d.holds_until
    FROM dated_documents d WHERE d.id = NEW.id AND a.document_id = NEW.id;
  RETURN NULL;
END $$;
-- +goose StatementEnd
DELETE FROM lexical_terms WHERE collection = 'card';
DELETE FROM lexical_totals WHERE collection = 'card';
ALTER TABLE lexical_terms DROP CONSTRAINT lexical_terms_collection_check,
  ADD CONSTRAINT lexical_terms_collection_check CHECK (collection IN ('passage', 'ask'));
ALTER TABLE lexical_totals DROP CONSTRAINT lexical_totals_collection_check,
  ADD CONSTRAINT lexical_totals_collection_check CHECK (collection IN ('passage', 'ask'));
DROP TABLE questioned_passages, card_words, generated_question_vectors, generated_questions, benefit_ask_vectors, ask_vectors, passage_vectors, index_generations;
DROP INDEX benefit_asks_body_idx;
