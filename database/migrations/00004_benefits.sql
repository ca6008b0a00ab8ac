-- +goose Up
-- Rule sets: one is in force, the others stay readable because stored decisions name their version.
CREATE TABLE rule_sets (
  version      text PRIMARY KEY CHECK (version ~ '^[0-9a-f]{12}$'),
  origin       text NOT NULL CHECK (origin IN ('built-in', 'folder', 'upload')),
  files        jsonb NOT NULL CHECK (jsonb_typeof(files) = 'object'),     -- name → text
  note         text NOT NULL DEFAULT '',
  created_at   timestamptz NOT NULL DEFAULT now(),
  activated_at timestamptz,
  active       boolean NOT NULL DEFAULT false,
  CHECK (NOT active OR activated_at IS NOT NULL)
);
CREATE UNIQUE INDEX one_active_rule_set ON rule_sets (active) WHERE active;

-- Benefits are found like cards: rendered from the active rule set, one document per region and period.
ALTER TABLE documents DROP CONSTRAINT documents_kind_check, DROP CONSTRAINT documents_check,
  ADD CONSTRAINT documents_kind_check CHECK (kind IN ('policy', 'card', 'benefit')),
  ADD CONSTRAINT documents_check CHECK ((kind = 'policy') = (card IS NULL));

ALTER TABLE documents ADD benefit text NOT NULL DEFAULT '';                -- its id, empty for the other kinds
CREATE INDEX ON documents (benefit) WHERE kind = 'benefit' AND replaced_by IS NULL;

-- How people ask for a benefit of the active rule set, wherever they live: the document is chosen by region and date.
CREATE TABLE benefit_asks (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  benefit text NOT NULL,
  body    text NOT NULL,
  lex     sparsevec(1000000000) NOT NULL
);
ALTER TABLE benefit_asks ALTER lex SET STORAGE PLAIN;

-- What a conversation knew of a child after a turn, and what was decided on it by which rules.
CREATE TABLE case_states (
  conversation_id uuid NOT NULL,
  user_seq        bigint NOT NULL,
  state           jsonb NOT NULL,
  rules_version   text NOT NULL REFERENCES rule_sets,
  verdicts        jsonb NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (conversation_id, user_seq),
  FOREIGN KEY (conversation_id, user_seq) REFERENCES messages (conversation_id, seq) ON DELETE CASCADE
);

-- +goose Down
DROP TABLE case_states, benefit_asks;
DELETE FROM documents WHERE kind = 'benefit';
ALTER TABLE documents DROP COLUMN benefit, DROP CONSTRAINT documents_kind_check, DROP CONSTRAINT documents_check,
  ADD CONSTRAINT documents_kind_check CHECK (kind IN ('policy', 'card')),
  ADD CONSTRAINT documents_check CHECK ((kind = 'card') = (card IS NOT NULL));
DROP TABLE rule_sets;
