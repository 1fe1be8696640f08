-- How a device does, as it said last: numbers for its person and their supervisor, no content.
ALTER TABLE devices
    ADD COLUMN oldest_unsent_at timestamptz
  , ADD COLUMN app_version text NOT NULL DEFAULT ''
  , ADD COLUMN storage_used_mb int
  , ADD COLUMN storage_quota_mb int
  , ADD COLUMN storage_kept boolean;
