-- A number that moves with every change of how a patient stands in the practice's lists, and for each patient its value then:
-- a node that read the whole practice once reads only what changed since.
CREATE TABLE roll_turn (
    practice_id BLOB   NOT NULL PRIMARY KEY REFERENCES practice (id),
    value       BIGINT NOT NULL
);
CREATE TABLE roll_change (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    patient_id  BLOB   NOT NULL,
    turn        BIGINT NOT NULL,
    PRIMARY KEY (practice_id, patient_id)
);
CREATE INDEX roll_change_by_turn ON roll_change (practice_id, turn);
INSERT INTO roll_turn (practice_id, value) SELECT DISTINCT practice_id, 1 FROM patient_card;
INSERT INTO roll_change (practice_id, patient_id, turn) SELECT practice_id, patient_id, 1 FROM patient_card;

-- What is put in here is noted with the next number.
CREATE VIEW roll_moved AS SELECT practice_id, patient_id FROM roll_change;
CREATE TRIGGER roll_moves INSTEAD OF INSERT ON roll_moved
BEGIN
    INSERT INTO roll_turn (practice_id, value) VALUES (NEW.practice_id, 1)
        ON CONFLICT (practice_id) DO UPDATE SET value = value + 1;
    INSERT INTO roll_change (practice_id, patient_id, turn)
        SELECT NEW.practice_id, NEW.patient_id, value FROM roll_turn WHERE practice_id = NEW.practice_id
        ON CONFLICT (practice_id, patient_id) DO UPDATE SET turn = excluded.turn;
END;

CREATE TRIGGER roll_card_added AFTER INSERT ON patient_card
BEGIN INSERT INTO roll_moved VALUES (NEW.practice_id, NEW.patient_id); END;
CREATE TRIGGER roll_card_changed AFTER UPDATE ON patient_card
BEGIN INSERT INTO roll_moved VALUES (NEW.practice_id, NEW.patient_id); END;
CREATE TRIGGER roll_card_removed AFTER DELETE ON patient_card
BEGIN INSERT INTO roll_moved VALUES (OLD.practice_id, OLD.patient_id); END;

CREATE TRIGGER roll_patient_changed AFTER UPDATE ON patient
WHEN OLD.own_state IS NOT NEW.own_state OR OLD.own_state_at IS NOT NEW.own_state_at OR OLD.block <> NEW.block
  OR OLD.own_block <> NEW.own_block OR OLD.own_optout <> NEW.own_optout OR OLD.removed_at IS NOT NEW.removed_at
BEGIN INSERT INTO roll_moved VALUES (NEW.practice_id, NEW.id); END;

CREATE TRIGGER roll_invited AFTER INSERT ON outbox WHEN NEW.kind = 'invitation'
BEGIN INSERT INTO roll_moved VALUES (NEW.practice_id, NEW.patient_id); END;
CREATE TRIGGER roll_invitation_forgotten AFTER DELETE ON outbox WHEN OLD.kind = 'invitation'
BEGIN INSERT INTO roll_moved VALUES (OLD.practice_id, OLD.patient_id); END;
