-- Records that were not taken, one row each, until a delivery brings them in good order.
CREATE TABLE quarantine (
    practice_id BYTEA  NOT NULL REFERENCES practice (id),
    key         BYTEA  NOT NULL, -- of type and id of the record
    patient_id  BYTEA, -- none: it belongs to the practice
    t           TEXT   NOT NULL,
    code        TEXT   NOT NULL,
    batch       TEXT   NOT NULL, -- the delivery that brought it last
    at          BIGINT NOT NULL, -- since when
    body        BYTEA  NOT NULL, -- the finding, sealed
    PRIMARY KEY (practice_id, key)
);

-- Who let a held delivery through, and when; of exactly the content whose hash stands in its row.
ALTER TABLE delivery ADD COLUMN let_through_at BIGINT;
ALTER TABLE delivery ADD COLUMN let_through_by TEXT;
