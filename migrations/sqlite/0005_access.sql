-- Who may call the service, and what they did.

CREATE TABLE api_keys (
    -- In the clear: the key's public part.
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- SHA-256 of the whole key; the key itself is nowhere.
    hash TEXT NOT NULL,
    -- Comma-separated names.
    scopes TEXT NOT NULL,
    -- The lane of its jobs where a request names none.
    lane BIGINT CHECK (lane BETWEEN 0 AND 2),
    -- NULL: as configured.
    requests_per_minute BIGINT,
    max_open_jobs BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

-- Logins of the editor page; each ends with its key.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    api_key TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_expire ON sessions (expires_at);
CREATE INDEX sessions_key ON sessions (api_key);

-- What was changed or refused, by whom. Outlives the keys and jobs it names.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    -- NULL where no known key came.
    api_key TEXT,
    method TEXT NOT NULL,
    -- The route, not the path.
    route TEXT NOT NULL,
    -- The job or article that it was about.
    subject TEXT,
    status BIGINT NOT NULL,
    -- The problem's code, where there was one.
    code TEXT,
    request_id TEXT NOT NULL,
    address TEXT
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_key ON audit (api_key, seq) WHERE api_key IS NOT NULL;

-- The key that a job came with.
ALTER TABLE jobs ADD COLUMN api_key TEXT;
CREATE INDEX jobs_open_of_key ON jobs (api_key)
    WHERE finished_at IS NULL AND api_key IS NOT NULL;
