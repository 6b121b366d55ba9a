-- Acting for somebody else: on what ground, and who (a keyed hash). NULL is oneself.

ALTER TABLE authorization_grant ADD COLUMN birth_mark TEXT;
ALTER TABLE authorization_grant ADD COLUMN acting_hash BLOB;
ALTER TABLE consent ADD COLUMN representation TEXT;
ALTER TABLE consent ADD COLUMN representative BLOB;
-- The practice lets nobody act for this patient (R-AG-05).
ALTER TABLE patient ADD COLUMN no_representation BIGINT NOT NULL DEFAULT 0;
