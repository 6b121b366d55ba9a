-- A provider that knows people by a pseudonym of its own: whose it is, as a keyed hash. A pseudonym is one person's.

ALTER TABLE patient ADD COLUMN pseudonym_hash BYTEA;
CREATE UNIQUE INDEX patient_by_pseudonym ON patient (practice_id, pseudonym_hash);
