-- How far the audit trail was told to somebody else: events up to this number were received there.

CREATE TABLE forward_cursor (
    name TEXT   NOT NULL PRIMARY KEY,
    seq  BIGINT NOT NULL
);
