-- A batch names the request that it came with, as a job does, and its lines are found
-- by the name of their article, so that none is left when that is removed.

ALTER TABLE batches ADD COLUMN request_id TEXT;

CREATE INDEX batch_items_custom_id ON batch_items (custom_id);
