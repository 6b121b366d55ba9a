-- Authorization: sessions of the front channel, grants, consents, token families and tokens.
-- Codes, tokens, session ids and login states are stored as SHA-256 only. Nothing here names a person:
-- patients are the keyed pseudonyms of table patient.

CREATE TABLE authorization_grant (
    id               BLOB   NOT NULL PRIMARY KEY,
    practice_id      BLOB   NOT NULL REFERENCES practice (id),
    client_id        TEXT   NOT NULL,
    redirect_uri     TEXT   NOT NULL,
    scope            TEXT   NOT NULL,
    state            TEXT   NOT NULL,
    request_id       TEXT   NOT NULL,
    correlation_id   TEXT   NOT NULL,
    stage            TEXT   NOT NULL,
    requested_at     BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    patient_id       BLOB,
    level            TEXT,
    authenticated_at BIGINT,
    refusal          TEXT,
    consent_id       BLOB,
    code_hash        BLOB   UNIQUE,
    code_expires_at  BIGINT,
    code_offered_at  BIGINT
);
CREATE INDEX authorization_grant_by_time ON authorization_grant (requested_at);

CREATE TABLE front_session (
    id_hash          BLOB   NOT NULL PRIMARY KEY,
    practice_id      BLOB   NOT NULL REFERENCES practice (id),
    purpose          TEXT   NOT NULL,
    grant_id         BLOB   REFERENCES authorization_grant (id),
    login_state_hash BLOB,
    patient_id       BLOB,
    identified_at    BIGINT,
    started_at       BIGINT NOT NULL,
    last_seen_at     BIGINT NOT NULL,
    ended_at         BIGINT
);
CREATE INDEX front_session_by_time ON front_session (last_seen_at);
CREATE INDEX front_session_by_grant ON front_session (grant_id);

-- The evidence of what a person agreed to: the text as it was shown. Rows are never deleted.
CREATE TABLE consent (
    id           BLOB   NOT NULL PRIMARY KEY,
    practice_id  BLOB   NOT NULL REFERENCES practice (id),
    patient_id   BLOB   NOT NULL,
    client_id    TEXT   NOT NULL,
    client_name  TEXT   NOT NULL,
    services     TEXT   NOT NULL,
    term         TEXT   NOT NULL,
    level        TEXT   NOT NULL,
    text_version TEXT   NOT NULL,
    language     TEXT   NOT NULL,
    text         TEXT   NOT NULL,
    given_at     BIGINT NOT NULL,
    last_used_at BIGINT,
    lapses_at    BIGINT NOT NULL,
    withdrawn_at BIGINT
);
CREATE INDEX consent_by_patient ON consent (practice_id, patient_id, given_at);

CREATE TABLE token_family (
    id            BLOB   NOT NULL PRIMARY KEY,
    practice_id   BLOB   NOT NULL REFERENCES practice (id),
    patient_id    BLOB   NOT NULL,
    grant_id      BLOB   NOT NULL UNIQUE,
    consent_id    BLOB   NOT NULL REFERENCES consent (id),
    created_at    BIGINT NOT NULL,
    revoked_at    BIGINT,
    revoke_reason TEXT
);
CREATE INDEX token_family_by_consent ON token_family (consent_id);
CREATE INDEX token_family_by_patient ON token_family (practice_id, patient_id);

CREATE TABLE access_token (
    hash           BLOB   NOT NULL PRIMARY KEY,
    family_id      BLOB   NOT NULL REFERENCES token_family (id),
    services       TEXT   NOT NULL,
    correlation_id TEXT   NOT NULL,
    issued_at      BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL
);
CREATE INDEX access_token_by_expiry ON access_token (expires_at);

CREATE TABLE refresh_token (
    hash       BLOB   NOT NULL PRIMARY KEY,
    family_id  BLOB   NOT NULL REFERENCES token_family (id),
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    rotated_at BIGINT
);
CREATE INDEX refresh_token_by_expiry ON refresh_token (expires_at);
