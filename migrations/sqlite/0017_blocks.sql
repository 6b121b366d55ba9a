-- That the patient wants nothing online, beside the block of the practice: either is lifted by itself only.
ALTER TABLE patient ADD COLUMN own_optout BIGINT NOT NULL DEFAULT 0;
UPDATE patient SET own_optout = 1, own_block = '' WHERE own_block = 'patient_optout';
DROP INDEX patient_listed;
CREATE INDEX patient_listed ON patient (
    practice_id, id, removed_at, own_state, own_state_at, own_opened_at, block, own_block, own_optout);

-- The oldest mark for a third party, which is to be looked at again after a year; and what the pages of a large practice count.
ALTER TABLE patient_card ADD COLUMN marked_since BIGINT;
CREATE INDEX patient_card_marked ON patient_card (practice_id, marked_since);
DROP INDEX patient_card_waiting;
CREATE INDEX patient_card_waiting ON patient_card (
    practice_id, (results + documents + unconfirmed + saved) DESC, patient_id, results, documents, unconfirmed, saved);
