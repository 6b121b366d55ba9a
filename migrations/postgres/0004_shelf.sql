-- The rendered resources of a patient, or of a practice itself, as one row for each FHIR release. They take the place of
-- a row for each resource; patients are rendered again with the next delivery.

CREATE TABLE shelf (
    practice_id    BYTEA  NOT NULL REFERENCES practice (id),
    patient_id     BYTEA  NOT NULL,
    fhir_release   TEXT   NOT NULL,
    mapper_version BIGINT NOT NULL,
    hash           BYTEA  NOT NULL,
    bodies         BYTEA  NOT NULL, -- sealed
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (practice_id, patient_id, fhir_release)
);

DROP TABLE resource;
