-- A number that moves with everything that may change what stands behind an access token: as long as it is the same,
-- an answer under way may still be given, and the commit point need not look at each token.

CREATE TABLE access_stamp (
    id    BIGINT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO access_stamp (id, value) VALUES (1, 1);

CREATE TRIGGER access_token_changed AFTER UPDATE ON access_token
BEGIN UPDATE access_stamp SET value = value + 1; END;
CREATE TRIGGER access_token_removed AFTER DELETE ON access_token
BEGIN UPDATE access_stamp SET value = value + 1; END;
CREATE TRIGGER token_family_changed AFTER UPDATE ON token_family
BEGIN UPDATE access_stamp SET value = value + 1; END;
CREATE TRIGGER token_family_removed AFTER DELETE ON token_family
BEGIN UPDATE access_stamp SET value = value + 1; END;
CREATE TRIGGER consent_changed AFTER UPDATE ON consent
BEGIN UPDATE access_stamp SET value = value + 1; END;
CREATE TRIGGER consent_removed AFTER DELETE ON consent
BEGIN UPDATE access_stamp SET value = value + 1; END;
CREATE TRIGGER practice_changed AFTER UPDATE ON practice
BEGIN UPDATE access_stamp SET value = value + 1; END;
CREATE TRIGGER practice_removed AFTER DELETE ON practice
BEGIN UPDATE access_stamp SET value = value + 1; END;
-- Also a new patient: a practice's own shelf is one, and appears with its first delivery.
CREATE TRIGGER patient_added AFTER INSERT ON patient
BEGIN UPDATE access_stamp SET value = value + 1; END;
CREATE TRIGGER patient_changed AFTER UPDATE ON patient
BEGIN UPDATE access_stamp SET value = value + 1; END;
CREATE TRIGGER patient_removed AFTER DELETE ON patient
BEGIN UPDATE access_stamp SET value = value + 1; END;
