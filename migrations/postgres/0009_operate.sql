-- Callbacks are kept for a time of their own, and a job names the request that it
-- came with, so that a worker's log and the service's go together.

CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE finished_at IS NOT NULL;

ALTER TABLE jobs ADD COLUMN request_id TEXT;
