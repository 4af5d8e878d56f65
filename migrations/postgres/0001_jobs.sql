-- The job table and what belongs to it. Times are milliseconds since 1970 by the
-- store's clock (src/store/clock.rs), so that both databases compare them alike.

CREATE TABLE jobs (
    -- Order of acceptance, and the cursor of lists.
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- What callers know the job by.
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL
        CHECK (state IN ('queued', 'leased', 'done', 'failed', 'dead', 'cancelled')),
    -- 0 publish, 1 draft, 2 backfill: the lower number goes first.
    lane BIGINT NOT NULL CHECK (lane BETWEEN 0 AND 2),
    content_key TEXT NOT NULL,
    pipeline_version TEXT NOT NULL,
    external_id TEXT,
    url TEXT,
    -- Counts claims and fences completions: the same number is given out once.
    attempt BIGINT NOT NULL,
    -- Counts what went wrong; at max_failures the job is dead.
    failures BIGINT NOT NULL,
    max_failures BIGINT NOT NULL,
    worker TEXT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    -- Set if and only if the job waits, is worked on, has ended.
    ready_at BIGINT,
    lease_until BIGINT,
    finished_at BIGINT,
    CHECK ((ready_at IS NOT NULL) = (state IN ('queued', 'failed'))),
    CHECK ((lease_until IS NOT NULL) = (state = 'leased')),
    CHECK ((finished_at IS NOT NULL) = (state IN ('done', 'dead', 'cancelled')))
);

-- Partial: jobs that have ended are in none of these three, however many.
CREATE INDEX jobs_ready ON jobs (lane, ready_at, seq) WHERE ready_at IS NOT NULL;
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX jobs_open ON jobs (lane) WHERE finished_at IS NULL;
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_content ON jobs (content_key);
CREATE INDEX jobs_state ON jobs (state, seq);
CREATE INDEX jobs_external_id ON jobs (external_id, seq) WHERE external_id IS NOT NULL;
CREATE INDEX jobs_url ON jobs (url, seq) WHERE url IS NOT NULL;

-- What a worker needs; apart from the job, so that changing its state does not
-- rewrite the text. Dropped when the job has ended, or kept as configured.
CREATE TABLE articles (
    job BIGINT PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
    body BYTEA NOT NULL,
    request TEXT NOT NULL
);

-- Stored once: for each content, and for each job that made one.
CREATE TABLE results (
    content_key TEXT PRIMARY KEY,
    job BIGINT NOT NULL UNIQUE,
    digest TEXT NOT NULL,
    stored_at BIGINT NOT NULL
);

CREATE TABLE transitions (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job BIGINT NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
    -- NULL for the acceptance.
    from_state TEXT,
    to_state TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    worker TEXT,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX transitions_job ON transitions (job, seq);

CREATE TABLE idempotency_keys (
    name TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    job TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
