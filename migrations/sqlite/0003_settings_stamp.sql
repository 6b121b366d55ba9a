-- A number that moves with every change of a practice's settings, whoever makes it: a node that keeps the
-- settings it read last sees in one look whether they still hold.

ALTER TABLE practice ADD COLUMN settings_stamp BIGINT NOT NULL DEFAULT 0;

CREATE TRIGGER practice_setting_added AFTER INSERT ON practice_setting
BEGIN
    UPDATE practice SET settings_stamp = settings_stamp + 1 WHERE id = NEW.practice_id;
END;

CREATE TRIGGER practice_setting_changed AFTER UPDATE ON practice_setting
BEGIN
    UPDATE practice SET settings_stamp = settings_stamp + 1 WHERE id IN (OLD.practice_id, NEW.practice_id);
END;

CREATE TRIGGER practice_setting_removed AFTER DELETE ON practice_setting
BEGIN
    UPDATE practice SET settings_stamp = settings_stamp + 1 WHERE id = OLD.practice_id;
END;
