-- Practices, patients, records, resources, deliveries and the audit chain.
-- Instants are epoch milliseconds (UTC), ids 16 bytes, hashes 32; columns marked "sealed" hold nothing readable.

CREATE TABLE practice (
    id              BLOB   NOT NULL PRIMARY KEY,
    medmij_name     TEXT   NOT NULL UNIQUE,
    ura             TEXT   NOT NULL UNIQUE,
    agb             TEXT,
    display_name    TEXT   NOT NULL,
    active          BIGINT NOT NULL,
    seq             BIGINT,
    last_batch      TEXT,
    last_batch_hash BLOB,
    added_at        BIGINT NOT NULL
);

CREATE TABLE practice_setting (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    key         TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    value       TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    by_         TEXT   NOT NULL,
    PRIMARY KEY (practice_id, key, source)
);

-- Append-only; value is null when the setting was taken away.
CREATE TABLE practice_setting_history (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    key         TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    value       TEXT,
    at          BIGINT NOT NULL,
    by_         TEXT   NOT NULL
);
CREATE INDEX practice_setting_history_by_key ON practice_setting_history (practice_id, key, at);

CREATE TABLE patient (
    practice_id   BLOB   NOT NULL REFERENCES practice (id),
    id            BLOB   NOT NULL,
    source_id     BLOB   NOT NULL, -- sealed
    bsn_hash      BLOB,
    block         TEXT   NOT NULL,
    own_state     TEXT,
    own_opened_at BIGINT,
    own_state_at  BIGINT,
    facts         BLOB,            -- sealed
    facts_version BIGINT NOT NULL,
    set_hash      BLOB   NOT NULL,
    record_count  BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    removed_at    BIGINT,
    PRIMARY KEY (practice_id, id)
);
CREATE INDEX patient_by_bsn ON patient (practice_id, bsn_hash);

CREATE TABLE record (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    key         BLOB   NOT NULL,
    patient_id  BLOB   NOT NULL,
    t           TEXT   NOT NULL,
    v           BIGINT NOT NULL,
    hash        BLOB   NOT NULL,
    op          TEXT   NOT NULL,
    body        BLOB,              -- sealed
    at          BIGINT NOT NULL,
    PRIMARY KEY (practice_id, key)
);
CREATE INDEX record_by_patient ON record (practice_id, patient_id);

-- The patient is part of the key: two patients may refer to one laboratory, each through a resource of their own.
CREATE TABLE resource (
    practice_id    BLOB   NOT NULL REFERENCES practice (id),
    patient_id     BLOB   NOT NULL,
    fhir_release   TEXT   NOT NULL,
    type           TEXT   NOT NULL,
    id             BLOB   NOT NULL,
    version        BIGINT NOT NULL,
    mapper_version BIGINT NOT NULL,
    hash           BLOB   NOT NULL,
    body           BLOB   NOT NULL, -- sealed
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (practice_id, patient_id, fhir_release, type, id)
);

CREATE TABLE content (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    patient_id  BLOB   NOT NULL,
    sha256      BLOB   NOT NULL,
    part        BIGINT NOT NULL,
    parts       BIGINT NOT NULL,
    data        BLOB   NOT NULL,   -- sealed
    PRIMARY KEY (practice_id, patient_id, sha256, part)
);

CREATE TABLE parked (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    key         BLOB   NOT NULL,
    batch       TEXT   NOT NULL,
    line_no     BIGINT NOT NULL,
    body        BLOB   NOT NULL,   -- sealed
    parked_at   BIGINT NOT NULL,
    PRIMARY KEY (practice_id, key)
);

CREATE TABLE delivery (
    practice_id  BLOB   NOT NULL REFERENCES practice (id),
    batch        TEXT   NOT NULL,
    seq          BIGINT NOT NULL,
    prev         TEXT,
    kind         TEXT   NOT NULL,
    content_hash BLOB   NOT NULL,
    state        TEXT   NOT NULL,
    received_at  BIGINT NOT NULL,
    finished_at  BIGINT,
    counts       TEXT   NOT NULL,
    findings     BLOB,             -- sealed
    PRIMARY KEY (practice_id, batch)
);
CREATE INDEX delivery_by_time ON delivery (practice_id, received_at);

CREATE TABLE audit_event (
    seq         BIGINT NOT NULL PRIMARY KEY,
    at          BIGINT NOT NULL,
    practice_id BLOB,
    patient_id  BLOB,
    kind        TEXT   NOT NULL,
    body        BLOB   NOT NULL,   -- sealed
    hash        BLOB   NOT NULL
);
CREATE INDEX audit_event_by_patient ON audit_event (practice_id, patient_id, seq);
CREATE INDEX audit_event_by_time ON audit_event (at);

-- One row: the number of the next event, the hash of the last one, and a seal on both.
CREATE TABLE audit_chain (
    id        BIGINT NOT NULL PRIMARY KEY,
    next_seq  BIGINT NOT NULL,
    last_hash BLOB   NOT NULL,
    mac       BLOB
);
INSERT INTO audit_chain (id, next_seq, last_hash, mac)
VALUES (1, 1, X'0000000000000000000000000000000000000000000000000000000000000000', NULL);
