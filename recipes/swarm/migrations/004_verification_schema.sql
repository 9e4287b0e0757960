-- Attempts to verify a ticket's work. "Corrected:" marks what differs from the document, and why.

CREATE SCHEMA verification;

CREATE TABLE verification.attempts (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  ticket_id TEXT NOT NULL,
  attempt_number INTEGER NOT NULL,
  branch_name TEXT NOT NULL,
  -- Corrected: a foreign key. Commits were in another SQLite file, where none could reach; in one database it can.
  commit_sha TEXT REFERENCES deploy.commit_ticket_map(commit_sha),
  status TEXT NOT NULL,
  failed_phase TEXT,
  duration_ms INTEGER,
  static_result JSONB,
  automated_result JSONB,
  sentinel_result JSONB,
  sentinel_decision TEXT,
  sentinel_score INTEGER,
  created_at TIMESTAMPTZ DEFAULT NOW()
);

CREATE INDEX idx_verify_ticket ON verification.attempts(ticket_id);
CREATE INDEX idx_verify_status ON verification.attempts(status);
CREATE INDEX idx_verify_created ON verification.attempts(created_at);
