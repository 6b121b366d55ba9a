-- E-mail addresses for notices: of patients, and of who signed up without an eID and waits to be linked (release-rules R-RG).
CREATE TABLE email_account (
    id           BLOB   NOT NULL PRIMARY KEY,
    practice_id  BLOB   NOT NULL REFERENCES practice (id),
    patient_id   BLOB, -- none: nobody linked it to a patient yet
    address_hash BLOB   NOT NULL UNIQUE, -- keyed; one account per address over the installation
    created_at   BIGINT NOT NULL,
    confirmed_at BIGINT, -- the link in the letter was used
    link_hash    BLOB, -- of the token in the letter; none once used
    link_until   BIGINT,
    body         BLOB   NOT NULL -- sealed
);
CREATE INDEX email_account_by_patient ON email_account (practice_id, patient_id);
CREATE UNIQUE INDEX email_account_by_link ON email_account (link_hash);

-- Results that were kept, or for which the patient was invited: somebody has to come back to them.
ALTER TABLE patient_card ADD COLUMN saved BIGINT NOT NULL DEFAULT 0;
