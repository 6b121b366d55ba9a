-- The logo of a practice, for the screens of its patients.

CREATE TABLE practice_logo (
    practice_id BYTEA NOT NULL PRIMARY KEY REFERENCES practice (id),
    picture     BYTEA NOT NULL
);
