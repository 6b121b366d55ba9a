-- SQLite keeps a number here that moves with everything that may change what stands behind an access token. With many
-- nodes such a number would make all writers wait for one row: here it stays as it is, and each token is looked at.

CREATE TABLE access_stamp (
    id    BIGINT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO access_stamp (id, value) VALUES (1, 1);
