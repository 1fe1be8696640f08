-- Devices that were reported lost: their session is over, the key on them is destroyed at the next contact,
-- and what they still had to say waits for the supervisor. A table of its own, so that every sync can look
-- into it at next to no cost.
CREATE TABLE lost_devices (
    device_id uuid PRIMARY KEY REFERENCES devices
  , user_id uuid NOT NULL REFERENCES users
  , region_id uuid
  , reported_at timestamptz NOT NULL
  , reported_by uuid NOT NULL REFERENCES users
  -- When the device asked and was told to destroy its key; none before. Its word, no proof.
  , wiped_at timestamptz
  -- How many ops it has left since.
  , quarantined int NOT NULL DEFAULT 0
);

-- Ops that came in envelopes from a device after it was reported lost: perhaps its person's work, perhaps not.
CREATE TABLE quarantine (
    op_id uuid PRIMARY KEY
  , user_id uuid NOT NULL REFERENCES users
  , device_id uuid NOT NULL REFERENCES lost_devices
  , region_id uuid
  , entry text NOT NULL
  , received_at timestamptz NOT NULL
  , decided_at timestamptz
  , decided_by uuid REFERENCES users
  -- What was put aside stays here.
  , decision text CHECK (decision IN ('taken-up', 'put-aside'))
  , CHECK ((decided_at IS NULL) = (decision IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL))
);
CREATE INDEX quarantine_open_idx ON quarantine (region_id, received_at) WHERE decided_at IS NULL;

-- What may have put personal data into wrong hands [DPA]: opened by the system, confirmed by a person.
CREATE TABLE breaches (
    device_id uuid PRIMARY KEY REFERENCES lost_devices
  , opened_at timestamptz NOT NULL
  , region_id uuid
  , user_id uuid NOT NULL REFERENCES users
  , confirmed_at timestamptz
  , confirmed_by uuid REFERENCES users
  , finding text CHECK (finding IN ('breach', 'no-breach'))
  , reason text NOT NULL DEFAULT ''
  , CHECK ((confirmed_at IS NULL) = (finding IS NULL) AND (confirmed_at IS NULL) = (confirmed_by IS NULL))
);

ALTER TABLE quarantine ENABLE ROW LEVEL SECURITY;
ALTER TABLE breaches ENABLE ROW LEVEL SECURITY;

-- Nobody is signed in on a lost device: that it was reported lost, and whose it is, is all that counts.
CREATE POLICY quarantine_add ON quarantine FOR INSERT TO lignum_app WITH CHECK (
    EXISTS (SELECT FROM lost_devices l WHERE l.device_id = quarantine.device_id AND l.user_id = quarantine.user_id)
    AND decided_at IS NULL);
CREATE POLICY quarantine_read ON quarantine FOR SELECT TO lignum_app USING (
    (SELECT acting_role()) = 'supervisor' AND region_id = (SELECT acting_region()));
CREATE POLICY quarantine_decide ON quarantine FOR UPDATE TO lignum_app USING (
    (SELECT acting_role()) = 'supervisor' AND region_id = (SELECT acting_region()));
CREATE POLICY breaches_add ON breaches FOR INSERT TO lignum_app WITH CHECK (confirmed_at IS NULL);
CREATE POLICY breaches_read ON breaches FOR SELECT TO lignum_app USING (
    (SELECT acting_role()) = 'supervisor' AND region_id = (SELECT acting_region()));
CREATE POLICY breaches_confirm ON breaches FOR UPDATE TO lignum_app USING (
    (SELECT acting_role()) = 'supervisor' AND region_id = (SELECT acting_region()));

CREATE TRIGGER lost_devices_are_kept BEFORE DELETE OR TRUNCATE ON lost_devices
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER quarantine_is_kept BEFORE DELETE OR TRUNCATE ON quarantine
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER breaches_are_kept BEFORE DELETE OR TRUNCATE ON breaches
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

GRANT SELECT, INSERT, UPDATE ON lost_devices, quarantine, breaches TO lignum_app;
