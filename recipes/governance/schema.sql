-- The governance server's schemas core and audit. The spec names the tables and their purpose; columns are those of
-- its SQLite file. "Corrected:" marks what differs from the spec, and why.

CREATE SCHEMA core;
CREATE SCHEMA audit;

CREATE TABLE core.identities (
    agent_id text PRIMARY KEY,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'archived')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz,
    -- Corrected: a lineage is a foreign key. Parents that were deleted are an agent's history: they are kept, and
    -- the constraint stays NOT VALID until somebody decides.
    parent_agent_id text REFERENCES core.identities (agent_id),
    spawn_reason text,
    tags text[] NOT NULL DEFAULT '{}',
    notes text,
    api_key_hash text
);

CREATE TABLE core.sessions (
    session_key text PRIMARY KEY,
    agent_id text NOT NULL REFERENCES core.identities (agent_id),
    bound_at timestamptz NOT NULL,
    last_activity timestamptz,
    bind_count integer NOT NULL DEFAULT 0
);

-- One row for each step of each agent's history, out of the arrays in agent_metadata.agent_state.
CREATE TABLE core.agent_state (
    agent_id text NOT NULL REFERENCES core.identities (agent_id),
    step integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    energy double precision,
    integrity double precision,
    entropy double precision,
    void double precision,
    regime text,
    PRIMARY KEY (agent_id, step)
);
CREATE INDEX idx_agent_state_recorded ON core.agent_state (recorded_at);

CREATE TABLE core.calibration (
    id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    state jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Corrected: the key of a partitioned table must hold the column it is partitioned by. An agent_id here refers to
-- nothing: an audit trail outlives what it tells of.
CREATE TABLE audit.events (
    id bigint NOT NULL,
    ts timestamptz NOT NULL,
    agent_id text,
    event_type text NOT NULL,
    confidence double precision,
    payload jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (id, ts)
) PARTITION BY RANGE (ts);
CREATE SEQUENCE audit.events_id_seq OWNED BY audit.events.id;
ALTER TABLE audit.events ALTER COLUMN id SET DEFAULT nextval('audit.events_id_seq');
CREATE INDEX idx_events_agent ON audit.events (agent_id, ts DESC);
CREATE INDEX idx_events_type ON audit.events (event_type, ts DESC);

CREATE TABLE audit.tool_usage (
    id bigint NOT NULL,
    ts timestamptz NOT NULL,
    agent_id text,
    tool_name text NOT NULL,
    latency_ms double precision,
    success boolean NOT NULL DEFAULT true,
    error_type text,
    PRIMARY KEY (id, ts)
) PARTITION BY RANGE (ts);
CREATE SEQUENCE audit.tool_usage_id_seq OWNED BY audit.tool_usage.id;
ALTER TABLE audit.tool_usage ALTER COLUMN id SET DEFAULT nextval('audit.tool_usage_id_seq');
CREATE INDEX idx_tool_usage_tool ON audit.tool_usage (tool_name, ts DESC);

-- Corrected: partitions for the months that the history holds. The spec's maintenance makes those to come; without
-- these there would be no room for what is already there.
DO $$
DECLARE
    month date;
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['events', 'tool_usage'] LOOP
        FOR month IN SELECT generate_series(date '2025-06-01', date '2025-12-01', interval '1 month') LOOP
            EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.%I FOR VALUES FROM (%L) TO (%L)',
                           name || to_char(month, '_YYYY_MM'), name,
                           month || ' 00:00+00', (month + interval '1 month')::date || ' 00:00+00');
        END LOOP;
    END LOOP;
END $$;

-- What the graph is made of. The spec exports it to AGE alone; here the rows stay rows as well, so that a
-- PostgreSQL without AGE loses nothing.
CREATE TABLE core.discoveries (
    id text PRIMARY KEY,
    agent_id text NOT NULL REFERENCES core.identities (agent_id),
    type text NOT NULL,
    summary text NOT NULL,
    details text,
    created_at timestamptz NOT NULL,
    related_to text[] NOT NULL DEFAULT '{}',
    response_to text REFERENCES core.discoveries (id)
);
-- In place of discoveries_fts.
CREATE INDEX idx_discoveries_search ON core.discoveries
    USING gin (to_tsvector('english', summary || ' ' || coalesce(details, '')));
CREATE TABLE core.discovery_tags (
    discovery_id text NOT NULL REFERENCES core.discoveries (id) ON DELETE CASCADE,
    tag text NOT NULL,
    PRIMARY KEY (discovery_id, tag)
);
CREATE TABLE core.dialectic_sessions (
    session_id text PRIMARY KEY,
    paused_agent_id text NOT NULL REFERENCES core.identities (agent_id),
    reviewer_agent_id text REFERENCES core.identities (agent_id),
    status text NOT NULL,
    phase text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE core.dialectic_messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id text NOT NULL REFERENCES core.dialectic_sessions (session_id) ON DELETE CASCADE,
    seq integer NOT NULL,
    agent_id text NOT NULL REFERENCES core.identities (agent_id),
    message_type text NOT NULL,
    body text,
    created_at timestamptz NOT NULL,
    UNIQUE (session_id, seq, agent_id)
);
