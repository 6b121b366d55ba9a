-- The logo of a practice, for the screens of its patients.

CREATE TABLE practice_logo (
    practice_id BLOB NOT NULL PRIMARY KEY REFERENCES practice (id),
    picture     BLOB NOT NULL
);
