-- What a practice plans and keeps for itself: extractions for later, and evidence of what it arranged before it began.

-- An extraction that is made when its time comes. It says what is wanted, never of whom.
CREATE TABLE report_plan (
    id          BLOB   NOT NULL PRIMARY KEY,
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    wanted      TEXT   NOT NULL,
    wall        TEXT   NOT NULL,
    monthly     BIGINT,
    due_at      BIGINT NOT NULL,
    next_at     BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    by_         TEXT   NOT NULL
);
CREATE INDEX report_plan_by_time ON report_plan (next_at);
CREATE INDEX report_plan_by_practice ON report_plan (practice_id, by_, due_at);

-- What came of a plan; the file is gone once it was fetched, or waited too long.
CREATE TABLE report_file (
    id          BLOB   NOT NULL PRIMARY KEY,
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    by_         TEXT   NOT NULL,
    wanted      TEXT   NOT NULL,
    made_at     BIGINT NOT NULL,
    row_count   BIGINT NOT NULL,
    failure     TEXT,
    fetched_at  BIGINT,
    lapsed_at   BIGINT,
    body        BLOB -- sealed
);
CREATE INDEX report_file_by_time ON report_file (made_at);
CREATE INDEX report_file_by_practice ON report_file (practice_id, by_, made_at);

-- The file that proves a step of the onboarding; a new one takes its place.
CREATE TABLE onboarding_file (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    step        TEXT   NOT NULL,
    media       TEXT   NOT NULL,
    size        BIGINT NOT NULL,
    sha256      BLOB   NOT NULL,
    at          BIGINT NOT NULL,
    by_         TEXT   NOT NULL,
    body        BLOB   NOT NULL, -- sealed
    PRIMARY KEY (practice_id, step)
);

-- Retrievals by quarter are counted from the trail: each token handed out is one.
CREATE INDEX audit_event_by_retrieval ON audit_event (practice_id, at, patient_id) WHERE kind = 'send_token_response';
