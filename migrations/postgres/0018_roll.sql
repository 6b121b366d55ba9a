-- A number that moves with every change of how a patient stands in the practice's lists, and for each patient its value then:
-- a node that read the whole practice once reads only what changed since.
CREATE TABLE roll_turn (
    practice_id BYTEA  NOT NULL PRIMARY KEY REFERENCES practice (id),
    value       BIGINT NOT NULL
);
CREATE TABLE roll_change (
    practice_id BYTEA  NOT NULL REFERENCES practice (id),
    patient_id  BYTEA  NOT NULL,
    turn        BIGINT NOT NULL,
    PRIMARY KEY (practice_id, patient_id)
);
CREATE INDEX roll_change_by_turn ON roll_change (practice_id, turn);
INSERT INTO roll_turn (practice_id, value) SELECT DISTINCT practice_id, 1 FROM patient_card;
INSERT INTO roll_change (practice_id, patient_id, turn) SELECT practice_id, patient_id, 1 FROM patient_card;

-- The row of the practice stays locked until the commit: turns come to light in their order.
CREATE FUNCTION move_roll(practice BYTEA, patient BYTEA) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    moved BIGINT;
BEGIN
    INSERT INTO roll_turn (practice_id, value) VALUES (practice, 1)
        ON CONFLICT (practice_id) DO UPDATE SET value = roll_turn.value + 1
        RETURNING value INTO moved;
    INSERT INTO roll_change (practice_id, patient_id, turn) VALUES (practice, patient, moved)
        ON CONFLICT (practice_id, patient_id) DO UPDATE SET turn = excluded.turn;
END;
$$;

CREATE FUNCTION roll_follows_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM move_roll(OLD.practice_id, OLD.patient_id);
    ELSE
        PERFORM move_roll(NEW.practice_id, NEW.patient_id);
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION roll_follows_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM move_roll(NEW.practice_id, NEW.id);
    RETURN NULL;
END;
$$;

CREATE TRIGGER roll_card_moved AFTER INSERT OR UPDATE OR DELETE ON patient_card
FOR EACH ROW EXECUTE FUNCTION roll_follows_row();

CREATE TRIGGER roll_patient_changed AFTER UPDATE ON patient FOR EACH ROW
WHEN (OLD.own_state IS DISTINCT FROM NEW.own_state OR OLD.own_state_at IS DISTINCT FROM NEW.own_state_at
      OR OLD.block <> NEW.block OR OLD.own_block <> NEW.own_block OR OLD.own_optout <> NEW.own_optout
      OR OLD.removed_at IS DISTINCT FROM NEW.removed_at)
EXECUTE FUNCTION roll_follows_patient();

CREATE TRIGGER roll_invited AFTER INSERT ON outbox FOR EACH ROW
WHEN (NEW.kind = 'invitation') EXECUTE FUNCTION roll_follows_row();

CREATE TRIGGER roll_invitation_forgotten AFTER DELETE ON outbox FOR EACH ROW
WHEN (OLD.kind = 'invitation') EXECUTE FUNCTION roll_follows_row();
