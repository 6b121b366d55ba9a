-- What a practice decides in its console, who works there, and what patients asked for.

-- Append-only; of each aspect of a record the newest decision counts.
CREATE TABLE decision (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    patient_id  BLOB   NOT NULL,
    seq         BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    body        BLOB   NOT NULL, -- sealed
    PRIMARY KEY (practice_id, patient_id, seq)
);

-- How a patient stands in the lists of the console: name and birth date, and how much waits for a person.
CREATE TABLE patient_card (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    patient_id  BLOB   NOT NULL,
    card        BLOB   NOT NULL, -- sealed
    results     BIGINT NOT NULL,
    documents   BIGINT NOT NULL,
    unconfirmed BIGINT NOT NULL,
    his_state    TEXT,
    his_state_at BIGINT,
    PRIMARY KEY (practice_id, patient_id)
);

-- A block set in the console or at the desk; '' is none.
ALTER TABLE patient ADD COLUMN own_block TEXT NOT NULL DEFAULT '';

-- A request of a patient: inzage, afschrift, correctie, vernietiging, and what else they asked the practice.
CREATE TABLE patient_request (
    id           BLOB   NOT NULL PRIMARY KEY,
    practice_id  BLOB   NOT NULL REFERENCES practice (id),
    patient_id   BLOB   NOT NULL,
    kind         TEXT   NOT NULL,
    requested_at BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    handled_at   BIGINT,
    handled_by   TEXT,
    body         BLOB   NOT NULL -- sealed
);
CREATE INDEX patient_request_by_state ON patient_request (practice_id, state, requested_at);
CREATE INDEX patient_request_by_patient ON patient_request (practice_id, patient_id, requested_at);

-- Employees whom a patient does not want to look at the dossier.
CREATE TABLE exclusion (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    patient_id  BLOB   NOT NULL,
    employee    TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    by_         TEXT   NOT NULL,
    PRIMARY KEY (practice_id, patient_id, employee)
);

CREATE TABLE staff_session (
    id_hash          BLOB   NOT NULL PRIMARY KEY,
    practice_id      BLOB   NOT NULL REFERENCES practice (id),
    employee         TEXT,
    login_state_hash BLOB,
    started_at       BIGINT NOT NULL,
    last_seen_at     BIGINT NOT NULL,
    ended_at         BIGINT
);
CREATE INDEX staff_session_by_time ON staff_session (last_seen_at);

-- Who an employee is for the means of login, as a keyed hash.
CREATE TABLE staff_identity (
    practice_id BLOB  NOT NULL REFERENCES practice (id),
    person_hash BLOB  NOT NULL,
    employee    TEXT  NOT NULL,
    PRIMARY KEY (practice_id, person_hash)
);

-- Rights other than those of the role; the proposal of one becomes the right by the word of another.
CREATE TABLE employee_right (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    employee    TEXT   NOT NULL,
    rights      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    by_         TEXT   NOT NULL,
    approved_by TEXT,
    PRIMARY KEY (practice_id, employee)
);
CREATE TABLE employee_right_proposal (
    practice_id BLOB   NOT NULL REFERENCES practice (id),
    employee    TEXT   NOT NULL,
    rights      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    by_         TEXT   NOT NULL,
    PRIMARY KEY (practice_id, employee)
);
