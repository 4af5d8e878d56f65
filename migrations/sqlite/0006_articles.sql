-- Articles over their versions. An article is what callers name by an external id;
-- the table `articles` of the first migration holds what jobs are to work on.

CREATE TABLE named_articles (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What callers know it by, beside their own name for it.
    id TEXT NOT NULL UNIQUE,
    external_id TEXT NOT NULL UNIQUE,
    url TEXT,
    title TEXT,
    state TEXT NOT NULL
        CHECK (state IN ('draft', 'current', 'stale', 'approved', 'rejected')),
    -- Counts changes: who changes what another has changed is told.
    revision BIGINT NOT NULL,
    -- The number of the version that evidence points into; 0 before the first.
    version BIGINT NOT NULL,
    -- The newest job whose digest was merged: one that was accepted before it
    -- comes too late.
    merged_job BIGINT NOT NULL,
    -- Its items and what was said of them, in a form that the service knows.
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX named_articles_changed ON named_articles (changed_at, seq);
CREATE INDEX named_articles_state ON named_articles (state, changed_at, seq);
CREATE INDEX named_articles_url ON named_articles (url) WHERE url IS NOT NULL;

-- One for each text that the article has had.
CREATE TABLE article_versions (
    article BIGINT NOT NULL REFERENCES named_articles (seq) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    source_sha256 TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Set while another version is the current one.
    superseded_at BIGINT,
    -- The text as read, and what it was read from; NULL when they were kept long
    -- enough.
    source BLOB,
    body BLOB,
    request TEXT,
    PRIMARY KEY (article, number),
    UNIQUE (article, source_sha256)
);
CREATE INDEX article_versions_superseded ON article_versions (superseded_at)
    WHERE source IS NOT NULL;

-- What has to be merged: written in the transaction that ends the job, so that no
-- crash loses it.
CREATE TABLE article_merges (
    job BIGINT PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
    article BIGINT NOT NULL REFERENCES named_articles (seq) ON DELETE CASCADE,
    -- NULL while it is to be done.
    merged_at BIGINT,
    changes TEXT
);
CREATE INDEX article_merges_pending ON article_merges (job) WHERE merged_at IS NULL;
CREATE INDEX article_merges_article ON article_merges (article);

-- Every step of machines and people, in order.
CREATE TABLE article_ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    article BIGINT NOT NULL REFERENCES named_articles (seq) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    -- Whether a person did it; the key is NULL where none is needed.
    by_hand BIGINT NOT NULL,
    api_key TEXT,
    by_session BIGINT NOT NULL,
    step TEXT NOT NULL,
    item TEXT,
    -- Of the article, after the step.
    revision BIGINT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX article_ledger_article ON article_ledger (article, seq);
