-- What the worker of a job tells of its attempt, for who looks on from another
-- process. Removed when the attempt ends, whatever its end.

CREATE TABLE progress (
    job BIGINT NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
    attempt BIGINT NOT NULL,
    -- Number of the first of the events, from 0 on in each attempt.
    first BIGINT NOT NULL,
    -- A JSON list of events, in order.
    events TEXT NOT NULL,
    PRIMARY KEY (job, attempt, first)
);
