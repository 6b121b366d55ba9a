-- The MedMij lists as last fetched and found good, and who does a task that one node does for all.

CREATE TABLE medmij_list (
    kind    TEXT   NOT NULL PRIMARY KEY,
    number  BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    text    TEXT   NOT NULL,
    good_at BIGINT NOT NULL
);

CREATE TABLE lease (
    name   TEXT   NOT NULL PRIMARY KEY,
    holder TEXT   NOT NULL,
    until  BIGINT NOT NULL
);
