-- +goose Up
-- Conversations as in the handover design; the ticket tables come with the queue.
CREATE TABLE conversations (
  id          uuid PRIMARY KEY,
  site_id     text NOT NULL,
  opener_id   uuid NOT NULL,
  region_code text NOT NULL REFERENCES regions,
  channel     text NOT NULL CHECK (channel IN ('widget', 'app', 'console')),
  mode        text NOT NULL DEFAULT 'bot' CHECK (mode IN ('bot', 'waiting', 'human', 'closed')),
  owner_id    uuid,
  epoch       bigint NOT NULL DEFAULT 0,
  last_seq    bigint NOT NULL DEFAULT 0,
  last_msg_at timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  purge_after date,
  retention_class text NOT NULL DEFAULT 'anonymous' CHECK (retention_class IN ('anonymous', 'ordinary', 'case', 'report')),
  CHECK ((mode = 'human') = (owner_id IS NOT NULL))
) WITH (fillfactor = 80);                                                 -- last_seq is in no index: the per-message UPDATE stays HOT
CREATE INDEX ON conversations (region_code text_pattern_ops);
CREATE INDEX ON conversations (owner_id) WHERE mode = 'human';
CREATE INDEX ON conversations (opener_id);
CREATE INDEX ON conversations (purge_after) WHERE retention_class = 'anonymous';

CREATE TABLE messages (
  conversation_id uuid NOT NULL REFERENCES conversations,
  seq             bigint NOT NULL CHECK (seq > 0),
  id              uuid NOT NULL UNIQUE,
  sender_kind     text NOT NULL CHECK (sender_kind IN ('user', 'bot', 'worker', 'system')),
  sender_id       uuid NOT NULL,
  client_msg_id   text NOT NULL CHECK (length(client_msg_id) BETWEEN 8 AND 64),
  kind            text NOT NULL CHECK (kind IN ('text', 'image', 'file', 'form', 'form_answer', 'card', 'notice')),
  body            text CHECK (octet_length(body) <= 16384),
  body_mac        bytea,
  meta            jsonb NOT NULL DEFAULT '{}',
  ai_generated    boolean NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  erased_at       timestamptz,
  PRIMARY KEY (conversation_id, seq),
  UNIQUE (conversation_id, sender_id, client_msg_id),
  CHECK (ai_generated = (sender_kind = 'bot')),                           -- the AI label cannot be wrong
  CHECK (erased_at IS NULL OR (body IS NULL AND body_mac IS NULL AND meta = '{}'))
);

CREATE TABLE participants (
  conversation_id uuid REFERENCES conversations,
  member_id       uuid,
  role            text NOT NULL CHECK (role IN ('guardian', 'child', 'director', 'worker', 'supervisor')),
  verified        boolean NOT NULL DEFAULT false,
  can_write       boolean NOT NULL DEFAULT true,
  delivered_seq   bigint NOT NULL DEFAULT 0,
  read_seq        bigint NOT NULL DEFAULT 0,
  last_seen_at    timestamptz,
  joined_at       timestamptz NOT NULL DEFAULT now(),
  left_at         timestamptz,
  PRIMARY KEY (conversation_id, member_id),
  CHECK (read_seq <= delivered_seq)
);
CREATE INDEX ON participants (member_id) WHERE left_at IS NULL;

-- A turn that the bot owes an answer: a dead bot leaves a pending row, the sweep finds it.
CREATE TABLE bot_turns (
  conversation_id uuid,
  user_seq        bigint,
  epoch           bigint NOT NULL,
  deadline_at     timestamptz NOT NULL,
  state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'fenced', 'failed')),
  PRIMARY KEY (conversation_id, user_seq),
  FOREIGN KEY (conversation_id, user_seq) REFERENCES messages (conversation_id, seq)
);
CREATE INDEX ON bot_turns (deadline_at) WHERE state = 'pending';

-- Anonymous chat sessions: 32 random bytes, only their SHA-256 is kept.
CREATE TABLE chat_sessions (
  token_hash bytea PRIMARY KEY,
  member_id  uuid NOT NULL,
  site_id    text NOT NULL,
  identity   text NOT NULL DEFAULT 'anonymous' CHECK (identity IN ('anonymous', 'host_signed', 'bound')),
  own_device boolean NOT NULL DEFAULT false,                              -- nobody else uses the device: the session lasts 30 days
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  idle_until timestamptz NOT NULL
);
-- One-time keys for opening a socket: no credential is ever in a URL.
CREATE TABLE ws_tickets (
  token_hash   bytea PRIMARY KEY,
  member_id    uuid NOT NULL,
  session_hash bytea NOT NULL,
  expires_at   timestamptz NOT NULL
);
-- The server's own secrets (the key of body_mac), made once.
CREATE TABLE server_keys (
  name   text PRIMARY KEY,
  secret bytea NOT NULL
);

-- +goose Down
DROP TABLE server_keys, ws_tickets, chat_sessions, bot_turns, participants, messages, conversations;
