-- Callbacks: where a job's end is to be told, what has to be delivered, and every
-- attempt at it. A delivery is written in the transaction that ends its job.

ALTER TABLE jobs ADD COLUMN callback TEXT;

CREATE TABLE deliveries (
    -- Order of the ends, and the cursor of lists.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The webhook-id: the same for every attempt.
    id TEXT NOT NULL UNIQUE,
    job BIGINT NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
    url TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('waiting', 'sending', 'delivered', 'failed', 'disabled')),
    -- Counts claims and fences reports: the same number is given out once.
    attempt BIGINT NOT NULL,
    -- Counts what went wrong since it was last ordered; the place in the schedule.
    failures BIGINT NOT NULL,
    -- Of the last attempt: the HTTP status, and what was wrong.
    answer BIGINT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    -- Set if and only if it waits, is being sent, has ended.
    ready_at BIGINT,
    lease_until BIGINT,
    finished_at BIGINT,
    CHECK ((ready_at IS NOT NULL) = (state = 'waiting')),
    CHECK ((lease_until IS NOT NULL) = (state = 'sending')),
    CHECK ((finished_at IS NOT NULL) = (state IN ('delivered', 'failed', 'disabled')))
);
-- Partial: deliveries that have ended are in none of these two, however many.
CREATE INDEX deliveries_ready ON deliveries (ready_at, seq) WHERE ready_at IS NOT NULL;
CREATE INDEX deliveries_leased ON deliveries (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX deliveries_job ON deliveries (job, seq);
CREATE INDEX deliveries_state ON deliveries (state, seq);
CREATE INDEX deliveries_waiting_url ON deliveries (url) WHERE ready_at IS NOT NULL;

CREATE TABLE delivery_attempts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery BIGINT NOT NULL REFERENCES deliveries (seq) ON DELETE CASCADE,
    attempt BIGINT NOT NULL,
    at BIGINT NOT NULL,
    -- How long the answer took.
    ms BIGINT,
    answer BIGINT,
    reason TEXT
);
CREATE INDEX delivery_attempts_delivery ON delivery_attempts (delivery, seq);

-- Addresses that answered 410: nothing is sent there until it is ordered by hand
-- and taken.
CREATE TABLE disabled_endpoints (
    url TEXT PRIMARY KEY,
    delivery TEXT NOT NULL,
    at BIGINT NOT NULL
);
