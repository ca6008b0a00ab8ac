-- +goose Up
-- The people who answer, and all other staff. A worker's rights are read from here in every statement, so that a change
-- counts at once.
CREATE TABLE workers (
  id            uuid PRIMARY KEY,
  login         text NOT NULL UNIQUE CHECK (login = lower(login) AND length(login) BETWEEN 2 AND 64),
  name          text NOT NULL CHECK (name <> ''),                         -- as families and colleagues read it
  role          text NOT NULL CHECK (role IN ('director', 'worker', 'supervisor', 'officer', 'admin', 'auditor')),
  password_hash text,                                                     -- argon2id; NULL: only through the identity provider
  must_change   boolean NOT NULL DEFAULT false,                           -- the password was made by somebody else
  oidc_issuer   text,
  oidc_subject  text,
  created_at    timestamptz NOT NULL DEFAULT now(),
  disabled_at   timestamptz,
  can_reply     boolean NOT NULL,
  duty          text NOT NULL DEFAULT 'off' CHECK (duty IN ('off', 'on', 'break')),
  capacity      smallint NOT NULL DEFAULT 4 CHECK (capacity BETWEEN 0 AND 20),
  skills        text[] NOT NULL DEFAULT '{}',
  last_offer_at timestamptz,
  UNIQUE (oidc_issuer, oidc_subject),
  CHECK ((oidc_issuer IS NULL) = (oidc_subject IS NULL)),
  CHECK (NOT can_reply OR role IN ('worker', 'supervisor')),
  CHECK (disabled_at IS NULL OR duty = 'off')
);
CREATE TABLE worker_scopes (
  worker_id uuid REFERENCES workers,
  prefix    text REFERENCES regions (prefix),                             -- '' is the whole country
  PRIMARY KEY (worker_id, prefix)
);
CREATE TABLE staff_sessions (
  token_hash bytea PRIMARY KEY,                                           -- SHA-256 of 32 random bytes
  worker_id  uuid NOT NULL REFERENCES workers,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  idle_until timestamptz NOT NULL
);
CREATE INDEX ON staff_sessions (worker_id);
ALTER TABLE ws_tickets ADD COLUMN staff boolean NOT NULL DEFAULT false;   -- session_hash is of staff_sessions
-- Failed logins, by a keyed hash of name or address: neither is kept.
CREATE TABLE login_failures (
  key text NOT NULL,
  at  timestamptz NOT NULL
);
CREATE INDEX ON login_failures (key, at);
-- Logins at an identity provider that have not come back yet.
CREATE TABLE oidc_logins (
  state_hash bytea PRIMARY KEY,
  nonce      text NOT NULL,
  verifier   text NOT NULL,                                               -- PKCE, RFC 7636
  back       text NOT NULL,
  expires_at timestamptz NOT NULL
);

-- Deadlines and the ladder (handover design §3.2).
CREATE TABLE sla_policy (
  priority      smallint PRIMARY KEY CHECK (priority BETWEEN 0 AND 3),
  claim_within  interval,                                                 -- NULL: by the end of the next working period
  lease         interval NOT NULL,
  next_reply    interval NOT NULL,
  transfer_wait interval NOT NULL,
  aging_step    interval,
  route_digits  smallint NOT NULL,                                        -- how far up a ticket is shown from the start
  uses_calendar boolean NOT NULL,
  CHECK (priority > 1 OR NOT uses_calendar)                               -- P0 and P1 can never be paused by a calendar
);
INSERT INTO sla_policy VALUES
  (0, '60 s',   '60 s',   '60 s',   '60 s',   NULL,     4, false),
  (1, '5 min',  '2 min',  '3 min',  '2 min',  '5 min',  6, false),
  (2, '30 min', '5 min',  '15 min', '10 min', '30 min', 6, true),
  (3, NULL,     '15 min', '1 day',  '10 min', '2 h',    6, true);
CREATE TABLE sla_rungs (
  priority smallint REFERENCES sla_policy,
  rung     smallint,
  after    interval NOT NULL,                                             -- from the opening; of P3 from the deadline
  audience text NOT NULL CHECK (audience IN ('workers', 'supervisors', 'phone_tree')),
  channels text[] NOT NULL CHECK (channels <@ ARRAY['console', 'desktop', 'robot', 'phone']),
  widen_to smallint,                                                      -- digits of the region that it is shown in from now on
  repeats  interval,                                                      -- of the last rung
  PRIMARY KEY (priority, rung)
);
INSERT INTO sla_rungs VALUES
  (0, 0, '0',       'workers',     '{console,desktop,robot}', NULL, NULL),
  (0, 1, '60 s',    'supervisors', '{console,robot,phone}',   NULL, NULL),
  (0, 2, '180 s',   'phone_tree',  '{console,robot,phone}',   2,    '60 s'),
  (1, 0, '0',       'workers',     '{console,desktop}',       NULL, NULL),
  (1, 1, '150 s',   'workers',     '{console,robot}',         NULL, NULL),
  (1, 2, '5 min',   'supervisors', '{console,robot}',         4,    NULL),
  (1, 3, '10 min',  'supervisors', '{console,robot,phone}',   2,    '5 min'),
  (2, 0, '0',       'workers',     '{console}',               NULL, NULL),
  (2, 1, '20 min',  'workers',     '{console}',               NULL, NULL),
  (2, 2, '30 min',  'supervisors', '{console,robot}',         NULL, NULL),
  (2, 3, '60 min',  'supervisors', '{console,robot}',         4,    NULL),
  (3, 0, '0',       'workers',     '{console}',               NULL, NULL),
  (3, 1, '-1 h',    'workers',     '{console}',               NULL, NULL),
  (3, 2, '0',       'supervisors', '{console}',               NULL, NULL),
  (3, 3, '1 day',   'supervisors', '{console,robot}',         4,    NULL);
-- Working hours of a region, in China's time of day. A day without a row is worked by the plan of its weekday.
CREATE TABLE calendars (
  region_prefix text NOT NULL REFERENCES regions (prefix),
  day           date NOT NULL,
  opens         time,
  closes        time,                                                     -- both NULL: closed, a holiday
  note          text NOT NULL DEFAULT '',
  PRIMARY KEY (region_prefix, day),
  CHECK ((opens IS NULL) = (closes IS NULL) AND opens < closes)
);
CREATE TABLE working_hours (
  region_prefix text NOT NULL REFERENCES regions (prefix),
  weekday       smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),        -- ISO: Monday is 1
  opens         time NOT NULL,
  closes        time NOT NULL,
  PRIMARY KEY (region_prefix, weekday, opens),
  CHECK (opens < closes)
);

-- Tickets: what the queue needs beside the columns of 00005.
ALTER TABLE tickets ADD COLUMN widened boolean NOT NULL DEFAULT false;    -- a rung or a person has shown it further up
ALTER TABLE tickets ADD COLUMN away_since timestamptz;                    -- the owner has had no live socket since
ALTER TABLE tickets ADD COLUMN left_at timestamptz;                       -- the user has had no live socket since
ALTER TABLE tickets ADD COLUMN aged_at timestamptz;
ALTER TABLE tickets ADD COLUMN ladder integer NOT NULL DEFAULT 0;         -- how often the ladder was set up anew: each rings once
ALTER TABLE tickets ADD COLUMN ladder_at timestamptz;                     -- where rungs are counted from; NULL: the opening
ALTER TABLE tickets ADD COLUMN missing_skills text[] NOT NULL DEFAULT '{}'; -- wanted, but nobody on duty has them: not asked for
ALTER TABLE tickets ADD COLUMN suspect_digits smallint;                   -- people with scopes of so many digits or more may not have it: one of them is suspected
ALTER TABLE tickets ALTER COLUMN next_rung TYPE integer;                  -- the last rung repeats every minute, for weeks
ALTER TABLE tickets ADD CONSTRAINT tickets_owner FOREIGN KEY (owner_id) REFERENCES workers;
ALTER TABLE tickets ADD CONSTRAINT tickets_offered FOREIGN KEY (offered_to) REFERENCES workers;
DROP INDEX ticket_queue;                                                  -- those that are offered still wait
CREATE INDEX ticket_queue ON tickets (queue_rank, due_at, enqueued_at, id) WHERE state IN ('queued', 'offered');
CREATE INDEX ON tickets (offer_until) WHERE offer_until IS NOT NULL;
CREATE INDEX ON tickets (transfer_until) WHERE state = 'transferring';
CREATE INDEX ON tickets (callback_at) WHERE state = 'callback';
CREATE INDEX ON tickets (enqueued_at);
CREATE INDEX ON ticket_events (ticket_id, id);
CREATE INDEX ON ticket_events (at);
-- Whom a ticket is not offered to again for a while.
CREATE TABLE offer_skips (
  ticket_id uuid REFERENCES tickets,
  worker_id uuid REFERENCES workers,
  until     timestamptz NOT NULL,
  PRIMARY KEY (ticket_id, worker_id)
);
CREATE TABLE access_blocks (
  conversation_id uuid REFERENCES conversations,
  member_id       uuid,
  kind            text NOT NULL CHECK (kind IN ('guardian_conflict', 'worker_recusal')),  -- recusal: 回避
  reason          text NOT NULL,
  set_by          uuid NOT NULL,
  set_at          timestamptz NOT NULL DEFAULT now(),
  lifted_at       timestamptz,
  PRIMARY KEY (conversation_id, member_id, set_at)
);
-- Notes have a table of their own: no mistake in a filter can send one to a family.
CREATE TABLE notes (
  id              uuid PRIMARY KEY,
  conversation_id uuid NOT NULL REFERENCES conversations,
  ticket_id       uuid REFERENCES tickets,
  author_id       uuid NOT NULL,
  body            text,
  confirmed_by    uuid,
  kind            text NOT NULL CHECK (kind IN ('note', 'summary', 'handover', 'risk_form')),
  source_seqs     bigint[] NOT NULL DEFAULT '{}',
  ai_generated    boolean NOT NULL DEFAULT false,
  supersedes      uuid REFERENCES notes,
  created_at      timestamptz NOT NULL DEFAULT now(),
  erased_at       timestamptz,
  CHECK (kind <> 'summary' OR erased_at IS NOT NULL OR cardinality(source_seqs) > 0)      -- a summary that quotes no message is refused
);
CREATE INDEX ON notes (conversation_id, created_at);
CREATE TABLE callback_requests (
  ticket_id      uuid PRIMARY KEY REFERENCES tickets,
  phone_sealed   bytea,                                                   -- encrypted; the key is not in this database
  contact        text NOT NULL CHECK (contact IN ('phone', 'chat_only')),
  safe_to_call   text NOT NULL CHECK (safe_to_call IN ('yes', 'no', 'only_window')),
  safe_to_text   boolean NOT NULL DEFAULT false,
  safe_voicemail boolean NOT NULL DEFAULT false,
  window_from    timestamptz,
  window_to      timestamptz,
  caller_says    text NOT NULL DEFAULT 'person_name_only' CHECK (caller_says IN ('service', 'person_name_only')),
  code_word      text NOT NULL DEFAULT '' CHECK (length(code_word) <= 20),
  attempts       jsonb NOT NULL DEFAULT '[]',
  requested_at   timestamptz NOT NULL DEFAULT now(),
  CHECK (contact <> 'phone' OR phone_sealed IS NOT NULL),
  CHECK (window_from IS NULL OR window_to IS NULL OR window_from < window_to)
);
CREATE TABLE canned_replies (
  id           uuid PRIMARY KEY,
  scope_prefix text NOT NULL REFERENCES regions (prefix),
  shortcut     text NOT NULL CHECK (length(shortcut) BETWEEN 1 AND 20),
  title        text NOT NULL,
  body         text NOT NULL CHECK (octet_length(body) <= 4096),
  version      int NOT NULL DEFAULT 1,
  updated_by   uuid REFERENCES workers,
  updated_at   timestamptz NOT NULL DEFAULT now(),
  removed_at   timestamptz
);
CREATE UNIQUE INDEX ON canned_replies (scope_prefix, shortcut) WHERE removed_at IS NULL;
CREATE TABLE ratings (
  ticket_id uuid PRIMARY KEY REFERENCES tickets,
  score     smallint NOT NULL CHECK (score BETWEEN 1 AND 5),
  comment   text NOT NULL DEFAULT '' CHECK (octet_length(comment) <= 2000),
  at        timestamptz NOT NULL DEFAULT now()
);
-- Who is there: staff only, one row per socket, renewed every 15 s, stale after 45 s.
CREATE UNLOGGED TABLE presence (
  worker_id uuid,
  conn_id   uuid,
  node      text NOT NULL,
  status    text NOT NULL CHECK (status IN ('online', 'busy', 'away')),
  viewing   uuid,
  composing boolean NOT NULL DEFAULT false,
  beat_at   timestamptz NOT NULL,
  PRIMARY KEY (worker_id, conn_id)
);
CREATE INDEX ON presence (viewing);
CREATE UNLOGGED TABLE nodes (
  id      text PRIMARY KEY,
  beat_at timestamptz NOT NULL
);

-- Where notifications go, and each one that is due. Neither holds personal data or message text.
CREATE TABLE notify_targets (
  id            uuid PRIMARY KEY,
  name          text NOT NULL UNIQUE,
  channel       text NOT NULL CHECK (channel IN ('dingtalk', 'wecom', 'feishu', 'webhook')),
  scope_prefix  text NOT NULL REFERENCES regions (prefix),
  url_sealed    bytea NOT NULL,                                           -- encrypted: a robot's address is its secret
  secret_sealed bytea,
  audience      text[] NOT NULL DEFAULT '{workers,supervisors,phone_tree}',
  created_at    timestamptz NOT NULL DEFAULT now(),
  disabled_at   timestamptz,
  -- How it does, for all nodes: they share one budget.
  sends           timestamptz[] NOT NULL DEFAULT '{}',                    -- of the last minute
  digest_at       timestamptz,                                            -- the last one
  failures        int NOT NULL DEFAULT 0,                                 -- since it last took a message
  paused_until    timestamptz,                                            -- after a failure; P0 goes on
  throttled_until timestamptz                                             -- it asked for silence
);
CREATE TABLE notifications (
  id            uuid PRIMARY KEY,
  dedupe_key    text NOT NULL UNIQUE,                                     -- ticket:rung:channel:target
  ticket_id     uuid REFERENCES tickets,
  rung          smallint,
  target        text NOT NULL,
  template      text NOT NULL,
  params        jsonb NOT NULL,
  channel       text NOT NULL CHECK (channel IN ('console', 'desktop', 'dingtalk', 'wecom', 'feishu', 'webhook', 'sms', 'phone')),
  state         text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'suppressed')),
  attempts      smallint NOT NULL DEFAULT 0,
  next_at       timestamptz NOT NULL DEFAULT now(),
  lease_until   timestamptz,
  sent_at       timestamptz,
  provider_code text,
  latency_ms    int,                                                      -- of the last attempt
  created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON notifications (next_at) WHERE state IN ('pending', 'sending');
CREATE INDEX ON notifications (ticket_id);

-- The audit log: rows are only added, and each is sealed into a chain of hashes. Rows hold ids, never content.
CREATE TABLE audit_log (
  id              uuid NOT NULL,
  at              timestamptz NOT NULL DEFAULT now(),
  actor_id        uuid,
  actor_role      text NOT NULL,
  actor_prefix    text,
  action          text NOT NULL,
  object_kind     text NOT NULL,
  object_id       text NOT NULL,
  conversation_id uuid,
  region_code     text,
  reason          text,
  ip              inet,
  request_id      text NOT NULL,
  result          text NOT NULL CHECK (result IN ('ok', 'denied', 'error')),
  data            jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE TABLE audit_log_other PARTITION OF audit_log DEFAULT;              -- a month without a partition of its own loses nothing
CREATE INDEX ON audit_log (conversation_id, at);
CREATE INDEX ON audit_log (actor_id, at);
CREATE TABLE audit_chain (
  n         bigint PRIMARY KEY,
  audit_at  timestamptz NOT NULL,
  audit_id  uuid NOT NULL UNIQUE,
  prev_hash bytea NOT NULL,
  hash      bytea NOT NULL UNIQUE
);
-- +goose StatementBegin
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_chain_append_only BEFORE UPDATE OR DELETE ON audit_chain FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();

-- +goose Down
DROP TABLE audit_chain, audit_log, notifications, notify_targets, nodes, presence, ratings, canned_replies, callback_requests, notes,
  access_blocks, offer_skips, working_hours, calendars, sla_rungs, sla_policy, oidc_logins, login_failures, staff_sessions, worker_scopes;
DROP FUNCTION audit_is_append_only;
DROP INDEX ticket_queue;
CREATE INDEX ticket_queue ON tickets (queue_rank, due_at, enqueued_at) WHERE state = 'queued';
ALTER TABLE tickets DROP CONSTRAINT tickets_owner, DROP CONSTRAINT tickets_offered, DROP COLUMN widened, DROP COLUMN away_since,
  DROP COLUMN left_at, DROP COLUMN aged_at,
  DROP COLUMN ladder, DROP COLUMN ladder_at, DROP COLUMN missing_skills, DROP COLUMN suspect_digits, ALTER COLUMN next_rung TYPE smallint;
ALTER TABLE ws_tickets DROP COLUMN staff;
DROP TABLE workers;
