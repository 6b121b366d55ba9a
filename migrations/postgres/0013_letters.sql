-- Letters by e-mail on their way; the address and the words are sealed.
CREATE TABLE outbox (
    id          BYTEA  NOT NULL PRIMARY KEY,
    practice_id BYTEA  NOT NULL REFERENCES practice (id),
    patient_id  BYTEA  NOT NULL,
    kind        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    next_at     BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    sent_at     BIGINT,
    body        BYTEA  NOT NULL -- sealed
);
CREATE INDEX outbox_by_time ON outbox (next_at);
CREATE INDEX outbox_by_patient ON outbox (practice_id, patient_id, kind, created_at);
