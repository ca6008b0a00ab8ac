-- +goose Up
-- What triage said of each message of a user, and what the session is afterwards. Rows are only added.
CREATE TABLE assessments (
  conversation_id  uuid NOT NULL,
  user_seq         bigint NOT NULL,
  level            smallint NOT NULL CHECK (level BETWEEN 0 AND 4),       -- of the session
  message_level    smallint NOT NULL CHECK (message_level BETWEEN 0 AND 4),
  categories       text[] NOT NULL,
  flags            text[] NOT NULL CHECK (flags <@ ARRAY['R1','R2','R3','R4','R5','R6','R7','R8','R9']),
  evidence         jsonb NOT NULL,                                        -- source, rule, category, level, bytes of the message
  speaker          text NOT NULL,
  guardian_suspect boolean NOT NULL,
  worker_suspect   boolean NOT NULL,
  age_unknown      boolean NOT NULL,
  guardian_notice  text NOT NULL CHECK (guardian_notice IN ('none', 'suppressed', 'human_decides')),
  script           text NOT NULL,                                         -- id@version, empty below L2
  versions         jsonb NOT NULL,                                        -- rules, weights, scripts, hotlines
  session          jsonb NOT NULL,
  created_at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (conversation_id, user_seq),
  FOREIGN KEY (conversation_id, user_seq) REFERENCES messages (conversation_id, seq) ON DELETE CASCADE
);
CREATE INDEX ON assessments (created_at) WHERE level >= 3;

-- A human's finding that the danger is less than triage says: by name, with a reason. It covers what was assessed up
-- to user_seq; what comes after it counts anew.
CREATE TABLE level_changes (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  conversation_id uuid NOT NULL,
  user_seq        bigint NOT NULL,
  from_level      smallint NOT NULL CHECK (from_level BETWEEN 0 AND 4),
  to_level        smallint NOT NULL CHECK (to_level BETWEEN 0 AND 4),
  changed_by      text NOT NULL CHECK (changed_by <> ''),
  reason          text NOT NULL CHECK (reason <> ''),
  changed_at      timestamptz NOT NULL DEFAULT now(),
  CHECK (to_level < from_level),
  FOREIGN KEY (conversation_id, user_seq) REFERENCES assessments ON DELETE CASCADE
);
CREATE INDEX ON level_changes (conversation_id, user_seq);

-- Tickets as in the handover design; the queue that works on them is yet to come.
CREATE SEQUENCE ticket_numbers;
CREATE TABLE tickets (
  id              uuid PRIMARY KEY,
  no              text NOT NULL UNIQUE,                                   -- never shown outside: only id is
  conversation_id uuid NOT NULL REFERENCES conversations,
  prev_ticket_id  uuid REFERENCES tickets,
  state           text NOT NULL CHECK (state IN ('queued', 'offered', 'claimed', 'transferring', 'callback', 'returned', 'closed')),
  priority        smallint NOT NULL CHECK (priority BETWEEN 0 AND 3),
  queue_rank      smallint NOT NULL,
  reason_code     text NOT NULL,
  origin          text NOT NULL CHECK (origin IN ('user', 'rule', 'model', 'bot_action', 'bot_failure', 'worker', 'system')),
  region_code     text NOT NULL REFERENCES regions,
  route_prefix    text NOT NULL,
  skills          text[] NOT NULL DEFAULT '{}',
  epoch           bigint NOT NULL DEFAULT 0,
  owner_id        uuid,
  offered_to      uuid,
  offer_until     timestamptz,
  transfer_to     jsonb,
  transfer_until  timestamptz,
  enqueued_at     timestamptz NOT NULL DEFAULT now(),
  due_at          timestamptz NOT NULL,
  claimed_at      timestamptz,
  lease_until     timestamptz,
  first_reply_at  timestamptz,
  callback_at     timestamptz,
  next_rung       smallint NOT NULL DEFAULT 0,
  next_rung_at    timestamptz,
  closed_at       timestamptz,
  outcome         text,
  close_form      jsonb,
  CHECK (queue_rank BETWEEN 0 AND priority AND (queue_rank > 0 OR priority = 0)),
  CHECK (starts_with(region_code, route_prefix)),
  CHECK ((state IN ('claimed', 'transferring')) = (owner_id IS NOT NULL)),
  CHECK ((state = 'offered') = (offered_to IS NOT NULL)),
  CHECK ((state = 'transferring') = (transfer_to IS NOT NULL)),
  CHECK (state <> 'callback' OR callback_at IS NOT NULL),
  CHECK (state <> 'closed' OR (outcome IS NOT NULL AND closed_at IS NOT NULL AND (priority > 1 OR close_form IS NOT NULL)))
);
ALTER SEQUENCE ticket_numbers OWNED BY tickets.no;
CREATE UNIQUE INDEX one_open_ticket ON tickets (conversation_id) WHERE state NOT IN ('returned', 'closed');
CREATE INDEX ticket_queue ON tickets (queue_rank, due_at, enqueued_at) WHERE state = 'queued';
CREATE INDEX ON tickets (conversation_id, enqueued_at);
CREATE INDEX ON tickets (owner_id) WHERE state IN ('claimed', 'transferring');
CREATE INDEX ON tickets (next_rung_at) WHERE next_rung_at IS NOT NULL;
CREATE INDEX ON tickets (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX ON tickets (region_code text_pattern_ops, enqueued_at);

CREATE TABLE ticket_events (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ticket_id  uuid NOT NULL REFERENCES tickets,
  epoch      bigint NOT NULL,
  event      text NOT NULL,
  transition boolean NOT NULL,
  from_state text,
  to_state   text,
  actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'worker', 'supervisor', 'bot', 'system')),
  actor_id   uuid,
  reason     text,
  data       jsonb NOT NULL DEFAULT '{}',
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX one_event_per_step ON ticket_events (ticket_id, epoch) WHERE transition;

CREATE TABLE ticket_evidence (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ticket_id         uuid NOT NULL REFERENCES tickets,
  source            text NOT NULL CHECK (source IN ('rule', 'model', 'worker')),
  rule_id           text,
  version           text NOT NULL,
  msg_seq           bigint,
  span_from         int,
  span_to           int,
  score             real,
  proposed_priority smallint NOT NULL CHECK (proposed_priority BETWEEN 0 AND 3),
  at                timestamptz NOT NULL DEFAULT now(),
  CHECK ((span_from IS NULL) = (span_to IS NULL))
);
CREATE INDEX ON ticket_evidence (ticket_id);

-- +goose Down
DROP TABLE ticket_evidence, ticket_events, tickets, level_changes, assessments;
