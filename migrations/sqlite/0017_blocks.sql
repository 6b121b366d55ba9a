-- That the patient wants nothing online, beside the block of the practice: either is lifted by itself only.
ALTER TABLE patient ADD COLUMN own_optout BIGINT NOT NULL DEFAULT 0;
UPDATE patient SET own_optout = 1, own_block = '' WHERE own_block = 'patient_optout';
DROP INDEX patient_listed;
CREATE INDEX patient_listed ON patient (
    practice_id, id, removed_at, own_state, own_state_at, own_opened_at, block, own_block, own_optout);
