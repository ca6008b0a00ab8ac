-- +goose Up
-- What nothing reads: vectors of benefits' wordings, how many questions were kept, when one was written.
DROP TABLE benefit_ask_vectors;
DROP INDEX benefit_asks_body_idx;
ALTER TABLE questioned_passages DROP COLUMN questions;
ALTER TABLE generated_questions DROP COLUMN created_at;
ALTER TABLE index_generations
  ADD CONSTRAINT index_generations_active CHECK (state <> 'active' OR active_at IS NOT NULL),
  ADD CONSTRAINT index_generations_retired CHECK ((state = 'retired') = (retired_at IS NOT NULL));
ALTER TABLE api_keys
  ADD CONSTRAINT api_keys_name_length CHECK (length(name) BETWEEN 1 AND 40),
  ADD CONSTRAINT api_keys_hash_length CHECK (octet_length(hash) = 32);      -- SHA-256
-- Answers that a language model was asked to say, for the officers' page.
CREATE INDEX messages_prose ON messages (created_at) WHERE meta ? 'prose';

-- +goose Down
DROP INDEX messages_prose;
ALTER TABLE index_generations DROP CONSTRAINT index_generations_active, DROP CONSTRAINT index_generations_retired;
ALTER TABLE api_keys DROP CONSTRAINT api_keys_name_length, DROP CONSTRAINT api_keys_hash_length;
ALTER TABLE generated_questions ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE questioned_passages ADD COLUMN questions int NOT NULL DEFAULT 0 CHECK (questions >= 0);
CREATE TABLE benefit_ask_vectors (
  body        text NOT NULL,
  generation  int NOT NULL REFERENCES index_generations ON DELETE CASCADE,
  v           halfvec,
  PRIMARY KEY (body, generation)
) WITH (toast_tuple_target = 8160);
ALTER TABLE benefit_ask_vectors ALTER v SET STORAGE EXTERNAL;
CREATE INDEX ON benefit_asks (body);
