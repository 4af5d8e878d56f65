-- Batches: many articles that were sent together, and are looked at together.

CREATE TABLE batches (
    -- Order of acceptance, and the cursor of lists.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What callers know it by.
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL
        CHECK (state IN ('validating', 'in_progress', 'finalizing', 'completed', 'failed',
                         'expired', 'cancelling', 'cancelled')),
    -- 1 while nothing of it is handed in.
    paused BIGINT NOT NULL CHECK (paused BETWEEN 0 AND 1),
    -- The key that it came with.
    api_key TEXT,
    callback TEXT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    finished_at BIGINT,
    CHECK ((finished_at IS NOT NULL) = (state IN ('completed', 'failed', 'expired', 'cancelled')))
);
-- Partial: batches that have ended are not in the first, however many.
CREATE INDEX batches_open ON batches (seq) WHERE finished_at IS NULL;
CREATE INDEX batches_finished ON batches (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE batch_items (
    batch BIGINT NOT NULL REFERENCES batches (seq) ON DELETE CASCADE,
    -- Its place, from 1.
    line BIGINT NOT NULL,
    -- The caller's name for it.
    custom_id TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('waiting', 'in_work', 'done', 'failed', 'cancelled', 'expired')),
    title TEXT,
    url TEXT,
    -- What a worker needs, until it is handed in.
    body BLOB,
    request TEXT,
    -- The job that makes its digest, once it is handed in.
    job TEXT,
    -- Names its digest, once there is one.
    content_key TEXT,
    -- Why there is none: a code, a colon and a detail.
    reason TEXT,
    PRIMARY KEY (batch, line),
    UNIQUE (batch, custom_id)
);
CREATE INDEX batch_items_state ON batch_items (batch, state, line);

-- A callback that tells of a batch; its job is one of the batch.
ALTER TABLE deliveries ADD COLUMN batch TEXT;
