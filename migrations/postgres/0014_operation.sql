-- The product that delivered, as its header names it; null of deliveries before this version.
ALTER TABLE delivery ADD COLUMN system TEXT;
ALTER TABLE delivery ADD COLUMN system_version TEXT;

-- What was tested of a HIS with a PGO and a data service. Append-only; the newest of each counts.
CREATE TABLE proven_pair (
    system         TEXT   NOT NULL,
    system_version TEXT   NOT NULL,
    client_id      TEXT   NOT NULL,
    service        TEXT   NOT NULL,
    at             BIGINT NOT NULL,
    passed         BIGINT NOT NULL,
    failed         BIGINT NOT NULL,
    evidence       BYTEA  NOT NULL, -- SHA-256 of the report
    PRIMARY KEY (system, system_version, client_id, service, at)
);

-- What the pages of a console ask of a large practice: none of them may read every dossier, or every event.
CREATE INDEX patient_by_state ON patient (practice_id, own_state, removed_at, id);
CREATE INDEX patient_listed ON patient (
    practice_id, id, removed_at, own_state, own_state_at, own_opened_at, block, own_block);
CREATE INDEX patient_card_by_state ON patient_card (practice_id, his_state, patient_id);
CREATE INDEX patient_card_waiting ON patient_card (
    practice_id, (results + documents + unconfirmed) DESC, patient_id, results, documents, unconfirmed);
CREATE INDEX audit_event_by_kind ON audit_event (practice_id, kind, seq);
