-- Photos of paper and signatures in clients' files. The op brings what it is; the content comes afterwards, in
-- chunks that the device has sealed under the key in the op, and is kept once for each digest.

CREATE TABLE attachments (
    id uuid PRIMARY KEY
  , client_id uuid NOT NULL REFERENCES clients
  , region_id uuid NOT NULL
  , author_id uuid NOT NULL
  , recorded_at timestamptz NOT NULL
  , received_at timestamptz NOT NULL
  -- What was said of it; never changed.
  , data jsonb NOT NULL
  -- The content's name on the device and on its way, its digest, and the key under which it comes.
  , content_id uuid NOT NULL CONSTRAINT attachments_content_key UNIQUE
  , digest bytea NOT NULL CHECK (length(digest) = 32)
  , content_key text NOT NULL
  -- One of the two, once all of it has come.
  , arrived_at timestamptz
  , unusable text
  , changed xid8 NOT NULL DEFAULT pg_current_xact_id()
  , CHECK (arrived_at IS NULL OR unusable IS NULL)
);
CREATE INDEX attachments_client_idx ON attachments (client_id, changed);
CREATE INDEX attachments_digest_idx ON attachments (digest) WHERE arrived_at IS NOT NULL;

-- What has come of a content that is not whole yet; sealed, as it came.
CREATE TABLE content_chunks (
    content_id uuid NOT NULL REFERENCES attachments (content_id)
  , at int NOT NULL
  , sealed bytea NOT NULL
  , received_at timestamptz NOT NULL DEFAULT now()
  , PRIMARY KEY (content_id, at)
);

-- Contents that are here whole, each digest once, and where they lie.
CREATE TABLE contents (
    digest bytea PRIMARY KEY
  , media text NOT NULL CHECK (media IN ('image/jpeg', 'image/png'))
  -- Under which random name, in which kind of store.
  , name uuid NOT NULL UNIQUE
  , store text NOT NULL CHECK (store IN ('postgres', 'objects'))
  -- Outside the database it lies sealed, under this key.
  , key text
  , kept_at timestamptz NOT NULL
  , CHECK ((store = 'postgres') = (key IS NULL))
);

-- The contents themselves, where they are kept in the database.
CREATE TABLE content_bytes (
    name uuid PRIMARY KEY
  , bytes bytea NOT NULL
  , kept_at timestamptz NOT NULL DEFAULT now()
);
-- Pictures do not get smaller.
ALTER TABLE content_bytes ALTER COLUMN bytes SET STORAGE EXTERNAL;
ALTER TABLE content_chunks ALTER COLUMN sealed SET STORAGE EXTERNAL;

ALTER TABLE attachments ENABLE ROW LEVEL SECURITY;
CREATE POLICY attachments_read ON attachments FOR SELECT TO lignum_app USING (
    CASE (SELECT acting_role())
        WHEN 'officer' THEN has_client(client_id)
        WHEN 'supervisor' THEN region_id = (SELECT acting_region())
        ELSE false
    END);
-- Late ones arrive too, as notes do.
CREATE POLICY attachments_add ON attachments FOR INSERT TO lignum_app WITH CHECK (
    (SELECT acting_role()) = 'officer' AND author_id = (SELECT acting_user())
    AND ever_had_client(client_id) AND arrived_at IS NULL AND unusable IS NULL);

CREATE TRIGGER attachments_are_kept BEFORE DELETE OR TRUNCATE ON attachments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER contents_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON contents
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- One's own attachment whose content is on its way, also after the file went to somebody else.
CREATE FUNCTION own_attachment(content uuid)
    RETURNS TABLE (id uuid, data jsonb, content_key text, settled boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
    RETURN QUERY
        SELECT a.id, a.data, a.content_key, a.arrived_at IS NOT NULL OR a.unusable IS NOT NULL
        FROM public.attachments a
        WHERE a.content_id = content AND a.author_id = public.acting_user();
END $$;

-- All of it has come: the file changes for whoever has it now.
CREATE FUNCTION settle_attachment(content uuid, why_unusable text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    file uuid;
BEGIN
    UPDATE public.attachments a
    SET arrived_at = CASE WHEN why_unusable IS NULL THEN at END, unusable = why_unusable, changed = pg_current_xact_id()
    WHERE a.content_id = content AND a.author_id = public.acting_user() AND a.arrived_at IS NULL AND a.unusable IS NULL
    RETURNING a.client_id INTO file;
    UPDATE public.subjects s SET changed = pg_current_xact_id() WHERE s.id = file;
    RETURN file IS NOT NULL;
END $$;

GRANT SELECT, INSERT ON attachments, contents TO lignum_app;
GRANT SELECT, INSERT, DELETE ON content_chunks, content_bytes TO lignum_app;
