-- The foundation: places, people, sessions, casework, the journal, and who may see which row.
--
-- Casework tables are guarded by row-level security. The server works as the role lignum_app, which
-- owns nothing; each transaction says who acts (lignum.user, lignum.role, lignum.region,
-- lignum.school), and the policies below decide. `domain::access` holds the same table in Rust;
-- a test compares the two for every role and table.
--
-- Rows that travel to devices carry `changed`, the number of the transaction that last changed them:
-- the sync cursor counts in these numbers (see domain::sync::pull).

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Which life of the database this is. A restore begins a new one.
CREATE TABLE epochs (
    id uuid PRIMARY KEY
    -- Which database this was: cluster, database, timeline. Another one is another life.
  , fingerprint text NOT NULL
    -- Seals the cursors that devices hold, so that a made-up one cannot pretend to come from the future.
  , cursor_key bytea NOT NULL
  , began_at timestamptz NOT NULL DEFAULT now()
);

-- Places ----------------------------------------------------------------------------------------

CREATE TABLE regions (
    id uuid PRIMARY KEY
  , name text NOT NULL CONSTRAINT regions_name_key UNIQUE
  , changed xid8 NOT NULL DEFAULT pg_current_xact_id()
);

CREATE TABLE schools (
    id uuid PRIMARY KEY
  , name text NOT NULL CONSTRAINT schools_name_key UNIQUE
  , region_id uuid NOT NULL REFERENCES regions
  , parish text NOT NULL
  , changed xid8 NOT NULL DEFAULT pg_current_xact_id()
);

CREATE TABLE communities (
    id uuid PRIMARY KEY
  , name text NOT NULL
  , region_id uuid NOT NULL REFERENCES regions
  , parish text NOT NULL
  , changed xid8 NOT NULL DEFAULT pg_current_xact_id()
  , CONSTRAINT communities_name_parish_key UNIQUE (name, parish)
);

-- People who sign in ----------------------------------------------------------------------------

CREATE TABLE users (
    id uuid PRIMARY KEY
  , username text NOT NULL CONSTRAINT users_username_key UNIQUE CHECK (username = lower(username))
  , name text NOT NULL
  , role text NOT NULL CHECK (role IN ('counsellor', 'officer', 'supervisor', 'administrator'))
  , post text NOT NULL DEFAULT ''
  , region_id uuid REFERENCES regions
  , school_id uuid REFERENCES schools
  , password_hash text NOT NULL
  , disabled_at timestamptz
  -- Counts up when role, region or school change: devices then pull everything anew.
  , scope_version bigint NOT NULL DEFAULT 1
  , demo boolean NOT NULL DEFAULT false
  , created_at timestamptz NOT NULL DEFAULT now()
  , changed xid8 NOT NULL DEFAULT pg_current_xact_id()
  , CONSTRAINT users_scope_fits_role CHECK (
        (role IN ('officer', 'supervisor') AND region_id IS NOT NULL AND school_id IS NULL)
     OR (role = 'counsellor' AND school_id IS NOT NULL AND region_id IS NULL)
     OR (role = 'administrator' AND region_id IS NULL AND school_id IS NULL)
    )
);

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY
  , id uuid NOT NULL UNIQUE
  , user_id uuid NOT NULL REFERENCES users
  , created_at timestamptz NOT NULL DEFAULT now()
  , last_seen_at timestamptz NOT NULL DEFAULT now()
  , expires_at timestamptz NOT NULL
  , browser text NOT NULL DEFAULT ''
  , revoked_at timestamptz
);
CREATE INDEX sessions_user_idx ON sessions (user_id);

-- Wrong passwords, counted by account and by address (hashed), across every server process.
CREATE TABLE sign_in_failures (
    key text PRIMARY KEY
  , failures int NOT NULL
  , last_at timestamptz NOT NULL
);

-- One user's store on one browser. Numbers only, no content.
CREATE TABLE devices (
    id uuid PRIMARY KEY
  , user_id uuid NOT NULL REFERENCES users
  , browser text NOT NULL DEFAULT ''
  , first_seen_at timestamptz NOT NULL DEFAULT now()
  , last_sync_at timestamptz NOT NULL DEFAULT now()
  , last_seq bigint NOT NULL DEFAULT 0
  , unsent int NOT NULL DEFAULT 0
  , clock_skew_seconds int NOT NULL DEFAULT 0
);
CREATE INDEX devices_user_idx ON devices (user_id);

-- "Has anything changed since?" is asked by every sync.
CREATE INDEX regions_changed_idx ON regions (changed);
CREATE INDEX schools_changed_idx ON schools (changed);
CREATE INDEX communities_changed_idx ON communities (changed);
CREATE INDEX users_changed_idx ON users (changed);
CREATE INDEX users_region_idx ON users (region_id) WHERE region_id IS NOT NULL;

-- Casework --------------------------------------------------------------------------------------

-- The head of every referral and every client's file: whose it is, when it changed, where its chain
-- of journal entries stands. Locked by every op on the file. No names.
CREATE TABLE subjects (
    id uuid PRIMARY KEY
  , kind text NOT NULL CHECK (kind IN ('referral', 'client'))
  , region_id uuid NOT NULL REFERENCES regions
  , school_id uuid REFERENCES schools
  -- Of a referral only: the user who sent it.
  , referrer_id uuid REFERENCES users
  -- Of a client only: the case officer now, and the transaction that made it so.
  , officer_id uuid REFERENCES users
  , entered xid8 NOT NULL DEFAULT pg_current_xact_id()
  -- Of a client only: the latest contact that a note tells of. Here and not in `clients`, because
  -- every op writes this row anyway, and because a late note's author no longer sees the other.
  , last_contact_at timestamptz
  , changed xid8 NOT NULL DEFAULT pg_current_xact_id()
  , head_position bigint NOT NULL DEFAULT 0
  , head_hash bytea NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000'
);
CREATE INDEX subjects_officer_idx ON subjects (officer_id, changed) WHERE officer_id IS NOT NULL;
CREATE INDEX subjects_referrer_idx ON subjects (referrer_id, changed) WHERE referrer_id IS NOT NULL;
CREATE INDEX subjects_region_idx ON subjects (region_id, changed) WHERE kind = 'referral';
CREATE INDEX subjects_region_entered_idx ON subjects (region_id, entered) WHERE kind = 'client';

CREATE TABLE referrals (
    id uuid PRIMARY KEY REFERENCES subjects
  , region_id uuid NOT NULL REFERENCES regions
  , school_id uuid REFERENCES schools
  , referrer_id uuid NOT NULL REFERENCES users
  , reference text NOT NULL CONSTRAINT referrals_reference_key UNIQUE
  , state text NOT NULL
  , sent_at timestamptz NOT NULL
  , received_at timestamptz NOT NULL DEFAULT now()
  , decided_at timestamptz
  , data jsonb NOT NULL
  , match_name text GENERATED ALWAYS AS (
        lower((data #>> '{particulars,profile,first_name}') || ' ' || (data #>> '{particulars,profile,last_name}'))
    ) STORED
  , match_born text GENERATED ALWAYS AS (data #>> '{particulars,profile,date_of_birth}') STORED
  , match_srn text GENERATED ALWAYS AS (data #>> '{particulars,profile,srn}') STORED
);
CREATE INDEX referrals_open_idx ON referrals (region_id, sent_at) WHERE state IN ('received', 'information-asked');
CREATE INDEX referrals_match_name_idx ON referrals USING gin (match_name gin_trgm_ops);
CREATE INDEX referrals_match_born_idx ON referrals (match_born);
CREATE INDEX referrals_match_srn_idx ON referrals (match_srn) WHERE match_srn IS NOT NULL;

CREATE TABLE clients (
    id uuid PRIMARY KEY REFERENCES subjects
  , region_id uuid NOT NULL REFERENCES regions
  , officer_id uuid NOT NULL REFERENCES users
  , reference text NOT NULL
  , status text NOT NULL CHECK (status IN ('active', 'closed'))
  , opened_at timestamptz NOT NULL
  , data jsonb NOT NULL
  , search text GENERATED ALWAYS AS (
        lower((data #>> '{profile,first_name}') || ' ' || (data #>> '{profile,last_name}')
        || ' ' || coalesce(data #>> '{profile,nickname}', '') || ' ' || reference)
    ) STORED
  -- The order of a supervisor's list.
  , sort_name text COLLATE "C" GENERATED ALWAYS AS (
        lower((data #>> '{profile,last_name}') || ' ' || (data #>> '{profile,first_name}'))
    ) STORED
);
CREATE INDEX clients_officer_idx ON clients (officer_id, status);
CREATE INDEX clients_region_idx ON clients (region_id, status, id);
CREATE INDEX clients_region_name_idx ON clients (region_id, sort_name, id);
CREATE INDEX clients_search_idx ON clients USING gin (search gin_trgm_ops);

CREATE TABLE contact_notes (
    id uuid PRIMARY KEY
  , client_id uuid NOT NULL REFERENCES clients
  , region_id uuid NOT NULL
  , author_id uuid NOT NULL
  , kind text NOT NULL
  , happened_at timestamptz NOT NULL
  , recorded_at timestamptz NOT NULL
  , received_at timestamptz NOT NULL DEFAULT now()
  -- What was written; never changed.
  , data jsonb NOT NULL
  , amendments jsonb NOT NULL DEFAULT '[]'
  , next_action_done timestamptz
  , changed xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX contact_notes_client_idx ON contact_notes (client_id, changed);

-- Who had which client from when to when.
CREATE TABLE assignments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
  , client_id uuid NOT NULL REFERENCES clients
  , case_id uuid NOT NULL
  , region_id uuid NOT NULL
  , officer_id uuid NOT NULL REFERENCES users
  , started_at timestamptz NOT NULL
  , ended_at timestamptz
  , changed xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX assignments_client_idx ON assignments (client_id, officer_id);
CREATE INDEX assignments_officer_idx ON assignments (officer_id, changed);
CREATE UNIQUE INDEX assignments_one_open_key ON assignments (client_id) WHERE ended_at IS NULL;

-- The journal -----------------------------------------------------------------------------------

-- One row for each applied op: the audit trail of writes. `entry` holds the exact text that is hashed.
CREATE TABLE journal (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
  , op_id uuid NOT NULL CONSTRAINT journal_op_key UNIQUE
  , subject_id uuid NOT NULL
  , region_id uuid NOT NULL
  , actor_id uuid NOT NULL
  , device_id uuid NOT NULL
  , seq bigint NOT NULL
  , kind text NOT NULL
  , received_at timestamptz NOT NULL DEFAULT now()
  , entry text NOT NULL
  , previous bytea NOT NULL
  , hash bytea NOT NULL
);
CREATE INDEX journal_subject_idx ON journal (subject_id, position);

-- One row for each refused op, with what it said, so that nothing is lost with a phone.
CREATE TABLE refusals (
    op_id uuid PRIMARY KEY
  , subject_id uuid
  , region_id uuid
  , actor_id uuid NOT NULL
  , device_id uuid NOT NULL
  , code text NOT NULL
  , refusal jsonb NOT NULL
  , entry text NOT NULL
  , received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refusals_actor_idx ON refusals (actor_id);

-- The end of each day's journal, signed: a chain over all chains.
CREATE TABLE journal_seals (
    day date PRIMARY KEY
  , through_position bigint NOT NULL
  , digest bytea NOT NULL
  , public_key bytea NOT NULL
  , signature bytea NOT NULL
  , sealed_at timestamptz NOT NULL DEFAULT now()
);

-- Who read which file, and other things worth knowing afterwards. No content.
CREATE TABLE access_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
  , at timestamptz NOT NULL DEFAULT now()
  , user_id uuid
  , action text NOT NULL
  , subject_id uuid
  , detail text NOT NULL DEFAULT ''
);

-- What is written stays written ------------------------------------------------------------------

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the table % is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER refusals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refusals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER journal_seals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER casework_is_kept BEFORE DELETE OR TRUNCATE ON contact_notes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

CREATE FUNCTION keep_original_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.client_id, OLD.author_id, OLD.kind, OLD.happened_at, OLD.recorded_at, OLD.data)
       IS DISTINCT FROM (NEW.id, NEW.client_id, NEW.author_id, NEW.kind, NEW.happened_at, NEW.recorded_at, NEW.data)
       OR jsonb_array_length(NEW.amendments) < jsonb_array_length(OLD.amendments) THEN
        RAISE EXCEPTION 'a contact note is amended, never changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contact_notes_keep_original BEFORE UPDATE ON contact_notes
    FOR EACH ROW EXECUTE FUNCTION keep_original_note();

-- Who sees what ----------------------------------------------------------------------------------

CREATE FUNCTION acting_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('lignum.user', true), '')::uuid;
CREATE FUNCTION acting_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN current_setting('lignum.role', true);
CREATE FUNCTION acting_region() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('lignum.region', true), '')::uuid;
CREATE FUNCTION acting_school() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('lignum.school', true), '')::uuid;

-- Whose a client is, asked from inside the policies of other tables. As definer, so that the policies do
-- not nest: each nested one would be planned and started anew in every statement. In PL/pgSQL, which
-- keeps its plans; every name is qualified, so no search path can lead them astray.
CREATE FUNCTION has_client(client uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.subjects WHERE id = client AND officer_id = public.acting_user());
END $$;
CREATE FUNCTION ever_had_client(client uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.assignments WHERE client_id = client AND officer_id = public.acting_user());
END $$;

ALTER TABLE subjects ENABLE ROW LEVEL SECURITY;
ALTER TABLE referrals ENABLE ROW LEVEL SECURITY;
ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE assignments ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal ENABLE ROW LEVEL SECURITY;
ALTER TABLE refusals ENABLE ROW LEVEL SECURITY;

CREATE POLICY assignments_read ON assignments FOR SELECT TO lignum_app USING (
    CASE (SELECT acting_role())
        WHEN 'officer' THEN officer_id = (SELECT acting_user())
        WHEN 'supervisor' THEN region_id = (SELECT acting_region())
        ELSE false
    END);
CREATE POLICY assignments_write ON assignments FOR ALL TO lignum_app USING (
    (SELECT acting_role()) = 'supervisor' AND region_id = (SELECT acting_region()));

CREATE POLICY subjects_read ON subjects FOR SELECT TO lignum_app USING (
    CASE (SELECT acting_role())
        WHEN 'counsellor' THEN referrer_id = (SELECT acting_user()) AND school_id = (SELECT acting_school())
        WHEN 'officer' THEN officer_id = (SELECT acting_user()) OR referrer_id = (SELECT acting_user())
            OR ever_had_client(id)
        WHEN 'supervisor' THEN region_id = (SELECT acting_region())
        ELSE false
    END);
-- Referrals are opened by those who send them, clients' files by the supervisor who accepts.
CREATE POLICY subjects_open ON subjects FOR INSERT TO lignum_app WITH CHECK (
    CASE (SELECT acting_role())
        WHEN 'counsellor' THEN kind = 'referral' AND referrer_id = (SELECT acting_user()) AND school_id = (SELECT acting_school())
        WHEN 'officer' THEN kind = 'referral' AND referrer_id = (SELECT acting_user())
        WHEN 'supervisor' THEN kind = 'client' AND region_id = (SELECT acting_region())
        ELSE false
    END);
-- Whom one sees, one may append to; whose it is, only a supervisor changes (see the trigger).
CREATE POLICY subjects_change ON subjects FOR UPDATE TO lignum_app USING (
    CASE (SELECT acting_role())
        WHEN 'counsellor' THEN referrer_id = (SELECT acting_user()) AND school_id = (SELECT acting_school())
        WHEN 'officer' THEN officer_id = (SELECT acting_user()) OR referrer_id = (SELECT acting_user())
            OR ever_had_client(id)
        WHEN 'supervisor' THEN region_id = (SELECT acting_region())
        ELSE false
    END);

CREATE FUNCTION keep_whose_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'lignum_app' AND acting_role() IS DISTINCT FROM 'supervisor' THEN
        RAISE EXCEPTION 'only a supervisor hands a file over' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER subjects_keep_whose_it_is BEFORE UPDATE ON subjects FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.region_id, OLD.school_id, OLD.referrer_id, OLD.officer_id)
          IS DISTINCT FROM (NEW.id, NEW.kind, NEW.region_id, NEW.school_id, NEW.referrer_id, NEW.officer_id))
    EXECUTE FUNCTION keep_whose_it_is();

CREATE POLICY referrals_read ON referrals FOR SELECT TO lignum_app USING (
    CASE (SELECT acting_role())
        WHEN 'counsellor' THEN referrer_id = (SELECT acting_user()) AND school_id = (SELECT acting_school())
        WHEN 'officer' THEN referrer_id = (SELECT acting_user())
        WHEN 'supervisor' THEN region_id = (SELECT acting_region())
        ELSE false
    END);
CREATE POLICY referrals_send ON referrals FOR INSERT TO lignum_app WITH CHECK (
    CASE (SELECT acting_role())
        WHEN 'counsellor' THEN referrer_id = (SELECT acting_user()) AND school_id = (SELECT acting_school())
        WHEN 'officer' THEN referrer_id = (SELECT acting_user())
        ELSE false
    END);
CREATE POLICY referrals_change ON referrals FOR UPDATE TO lignum_app USING (
    CASE (SELECT acting_role())
        WHEN 'counsellor' THEN referrer_id = (SELECT acting_user()) AND school_id = (SELECT acting_school())
        WHEN 'officer' THEN referrer_id = (SELECT acting_user())
        WHEN 'supervisor' THEN region_id = (SELECT acting_region())
        ELSE false
    END);

CREATE POLICY clients_read ON clients FOR SELECT TO lignum_app USING (
    CASE (SELECT acting_role())
        WHEN 'officer' THEN officer_id = (SELECT acting_user())
        WHEN 'supervisor' THEN region_id = (SELECT acting_region())
        ELSE false
    END);
CREATE POLICY clients_open ON clients FOR INSERT TO lignum_app WITH CHECK (
    (SELECT acting_role()) = 'supervisor' AND region_id = (SELECT acting_region()));
CREATE POLICY clients_change ON clients FOR UPDATE TO lignum_app USING (
    CASE (SELECT acting_role())
        WHEN 'officer' THEN officer_id = (SELECT acting_user())
        WHEN 'supervisor' THEN region_id = (SELECT acting_region())
        ELSE false
    END);

CREATE POLICY contact_notes_read ON contact_notes FOR SELECT TO lignum_app USING (
    CASE (SELECT acting_role())
        WHEN 'officer' THEN has_client(client_id)
        WHEN 'supervisor' THEN region_id = (SELECT acting_region())
        ELSE false
    END);
-- An officer adds notes to the files that they have, or had: a late note still arrives.
CREATE POLICY contact_notes_add ON contact_notes FOR INSERT TO lignum_app WITH CHECK (
    (SELECT acting_role()) = 'officer' AND author_id = (SELECT acting_user())
    AND ever_had_client(client_id));
CREATE POLICY contact_notes_amend ON contact_notes FOR UPDATE TO lignum_app USING (
    (SELECT acting_role()) = 'officer'
    AND has_client(client_id));

CREATE POLICY journal_read ON journal FOR SELECT TO lignum_app USING (
    CASE (SELECT acting_role())
        WHEN 'counsellor' THEN actor_id = (SELECT acting_user())
        WHEN 'officer' THEN actor_id = (SELECT acting_user())
        WHEN 'supervisor' THEN region_id = (SELECT acting_region())
        ELSE false
    END);
CREATE POLICY journal_add ON journal FOR INSERT TO lignum_app WITH CHECK (actor_id = (SELECT acting_user()));

CREATE POLICY refusals_read ON refusals FOR SELECT TO lignum_app USING (
    CASE (SELECT acting_role())
        WHEN 'counsellor' THEN actor_id = (SELECT acting_user())
        WHEN 'officer' THEN actor_id = (SELECT acting_user())
        WHEN 'supervisor' THEN region_id = (SELECT acting_region())
        ELSE false
    END);
CREATE POLICY refusals_add ON refusals FOR INSERT TO lignum_app WITH CHECK (actor_id = (SELECT acting_user()));

-- Narrow windows through the walls ------------------------------------------------------------------

-- What became of one's own ops, also after moving to another region or school.
CREATE FUNCTION own_receipts(ops uuid[])
    RETURNS TABLE (op_id uuid, "position" bigint, hash bytea, refusal jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
    RETURN QUERY
        SELECT j.op_id, j.position, j.hash, NULL::jsonb FROM public.journal j
        WHERE j.op_id = ANY (ops) AND j.actor_id = public.acting_user()
        UNION ALL
        SELECT r.op_id, NULL, NULL, r.refusal FROM public.refusals r
        WHERE r.op_id = ANY (ops) AND r.actor_id = public.acting_user();
END $$;

-- After a restore: of the things that a batch of ops speaks of, those of which this database has never
-- heard, and when its present life began. Another device may still bring them. Nothing in a first life,
-- and nothing once devices have let go of what they kept (30 days).
CREATE FUNCTION unheard_of(files uuid[], notes uuid[])
    RETURNS TABLE (id uuid, since timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
    began timestamptz;
BEGIN
    SELECT max(e.began_at) INTO began FROM public.epochs e HAVING count(*) > 1;
    IF began IS NULL OR began < now() - interval '30 days' THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT f.id, began FROM unnest(files) AS f (id) WHERE NOT EXISTS (SELECT FROM public.subjects s WHERE s.id = f.id)
        UNION ALL
        SELECT n.id, began FROM unnest(notes) AS n (id) WHERE NOT EXISTS (SELECT FROM public.contact_notes c WHERE c.id = n.id);
END $$;

-- Who may be the same young person, in whichever region and school: enough to compare, and only for
-- the server's own judgement. What a referrer is told of it is a sentence without a name.
CREATE FUNCTION alike(name text, born text, srn_given text, besides uuid)
    RETURNS TABLE (reference text, profile jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.reference, r.data #> '{particulars,profile}' FROM referrals r
    WHERE r.id <> besides
      AND (r.match_srn = srn_given OR r.match_born = born OR r.match_name % lower(name))
    ORDER BY (r.match_srn IS NOT DISTINCT FROM srn_given AND srn_given IS NOT NULL) DESC, similarity(r.match_name, lower(name)) DESC
    LIMIT 25
$$;

-- What the server's role may do ----------------------------------------------------------------------

GRANT USAGE ON SCHEMA public TO lignum_app;
GRANT SELECT ON epochs TO lignum_app;
GRANT SELECT, INSERT, UPDATE ON regions, schools, communities, users, sessions, sign_in_failures, devices TO lignum_app;
GRANT DELETE ON sessions, sign_in_failures TO lignum_app;
GRANT SELECT, INSERT, UPDATE ON subjects, referrals, clients, assignments, contact_notes TO lignum_app;
GRANT SELECT, INSERT ON journal, refusals, access_log TO lignum_app;
GRANT SELECT ON journal_seals TO lignum_app;
