-- Whose key file this database was begun with, as a mark made with its keys that never change: another one would find nobody and
-- break the audit chain.

CREATE TABLE installation (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    key_mark BLOB NOT NULL
);
