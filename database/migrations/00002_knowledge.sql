-- +goose Up
CREATE TABLE regions (
  code        text PRIMARY KEY CHECK (code ~ '^\d{12}$'),
  level       smallint NOT NULL CHECK (level BETWEEN 0 AND 5),            -- 0 country, 1 province, 2 city, 3 county, 4 township, 5 village
  parent_code text REFERENCES regions,
  name        text NOT NULL,
  short_name  text NOT NULL,                                              -- as people say it: 杭州, 广西, 恩施
  prefix      text NOT NULL UNIQUE CHECK (length(prefix) = (ARRAY[0,2,4,6,9,12])[level + 1] AND starts_with(code, prefix)),
  valid_to    date,
  CHECK ((level = 0) = (parent_code IS NULL))
);
CREATE INDEX ON regions (name);
CREATE INDEX ON regions (short_name);
CREATE INDEX ON regions (parent_code);

-- One row per version of a document. key identifies the document across its versions.
CREATE TABLE documents (
  id            uuid PRIMARY KEY,
  kind          text NOT NULL CHECK (kind IN ('policy', 'card')),
  key           text NOT NULL,
  title         text NOT NULL,
  title_key     text NOT NULL,                                            -- the title as it is compared
  short_key     text NOT NULL,                                            -- without the part of a code: 民法典
  number        text NOT NULL DEFAULT '',
  number_key    text NOT NULL DEFAULT '',
  issuer        text NOT NULL DEFAULT '',
  region_code   text NOT NULL REFERENCES regions,
  region_prefix text NOT NULL,
  issued        text NOT NULL DEFAULT '' CHECK (issued ~ '^(\d{4}(-\d{2}(-\d{2})?)?)?$'),
  issued_on     date GENERATED ALWAYS AS (CASE WHEN issued <> '' THEN make_date(substr(issued, 1, 4)::int,
                  coalesce(nullif(substr(issued, 6, 2), '')::int, 1), coalesce(nullif(substr(issued, 9, 2), '')::int, 1)) END) STORED,
  effective     date,
  expires       date,
  status        text NOT NULL DEFAULT '',
  source        text NOT NULL DEFAULT '',
  note          text NOT NULL DEFAULT '',
  file          text NOT NULL DEFAULT '',
  sha256        bytea NOT NULL,
  body          text NOT NULL,
  warnings      text[] NOT NULL DEFAULT '{}',
  abolishes     text[] NOT NULL DEFAULT '{}',                             -- keys (number or title) of documents that this one ends
  card          jsonb,
  replaced_by   uuid REFERENCES documents DEFERRABLE INITIALLY DEFERRED,
  created_at    timestamptz NOT NULL DEFAULT now(),
  CHECK ((kind = 'card') = (card IS NOT NULL))
);
CREATE UNIQUE INDEX one_current_version ON documents (kind, key) WHERE replaced_by IS NULL;
CREATE INDEX ON documents (number_key) WHERE number_key <> '';
CREATE INDEX ON documents (title_key);
CREATE INDEX ON documents (sha256);
CREATE INDEX ON documents (region_prefix) WHERE kind = 'policy';

-- The unit that is indexed and cited. lex is the document side of BM25: the saturated,
-- length-normalised term frequency of character unigrams and bigrams in hashed dimensions.
CREATE TABLE passages (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
  ord         int NOT NULL,
  clause      text NOT NULL,
  path        text NOT NULL,
  body        text NOT NULL,
  span_from   int NOT NULL,                                               -- characters into documents.body
  span_to     int NOT NULL,
  page        int,
  kind        text NOT NULL,                                              -- kind, region and dates are the document's, kept for the scan
  region_prefix text NOT NULL,
  holds_from  date NOT NULL,
  holds_until date NOT NULL,
  lex         sparsevec(1000000000) NOT NULL,
  UNIQUE (document_id, ord),
  CHECK (span_from >= 0 AND span_from <= span_to)
);
ALTER TABLE passages ALTER lex SET STORAGE PLAIN;
CREATE INDEX ON passages (document_id, clause);

-- How people really ask for what a card answers; each wording has its own vector.
CREATE TABLE asks (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
  body        text NOT NULL,
  region_prefix text NOT NULL,
  holds_from  date NOT NULL,
  holds_until date NOT NULL,
  lex         sparsevec(1000000000) NOT NULL
);
ALTER TABLE asks ALTER lex SET STORAGE PLAIN;
CREATE INDEX ON asks (document_id);

-- The clauses that a card rests on, as they are compared with documents and passages.
CREATE TABLE card_basis (
  document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
  ord         int NOT NULL,
  title_key   text NOT NULL,
  number_key  text NOT NULL,
  clause      text NOT NULL CHECK (clause <> ''),
  PRIMARY KEY (document_id, ord)
);

-- Document frequencies for the query side (idf), one collection per kind of text.
CREATE TABLE lexical_terms (
  collection text NOT NULL CHECK (collection IN ('passage', 'ask')),
  dim        int NOT NULL,
  df         int NOT NULL CHECK (df >= 0),
  PRIMARY KEY (collection, dim)
);
CREATE TABLE lexical_totals (
  collection text PRIMARY KEY CHECK (collection IN ('passage', 'ask')),
  n          int NOT NULL CHECK (n >= 0)
);
INSERT INTO lexical_totals VALUES ('passage', 0), ('ask', 0);

-- The one validity predicate: what a person in a region may rely on, on a date. An expiry date decides when
-- there is one, otherwise the stated status does; a replaced version counts only while its dates say so.
CREATE VIEW dated_documents AS
  SELECT *, coalesce(effective, issued_on, '-infinity'::date) AS holds_from,
    coalesce(expires, CASE WHEN status IN ('已废止', '已修订') OR replaced_by IS NOT NULL
      THEN '-infinity'::date ELSE 'infinity'::date END) AS holds_until
  FROM documents;

-- The scans filter by region and date without a join, so passages and wordings carry their document's. A document's
-- dates change when it is replaced or abolished.
-- +goose StatementBegin
CREATE FUNCTION spread_validity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE passages p SET holds_from = d.holds_from, holds_until = d.holds_until
    FROM dated_documents d WHERE d.id = NEW.id AND p.document_id = NEW.id;
  UPDATE asks a SET holds_from = d.holds_from, holds_until = d.holds_until
    FROM dated_documents d WHERE d.id = NEW.id AND a.document_id = NEW.id;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER spread_validity AFTER UPDATE OF issued, effective, expires, status, replaced_by ON documents
  FOR EACH ROW EXECUTE FUNCTION spread_validity();

-- +goose Down
DROP TRIGGER spread_validity ON documents;
DROP FUNCTION spread_validity;
DROP VIEW dated_documents;
DROP TABLE lexical_totals, lexical_terms, card_basis, asks, passages, documents, regions;
