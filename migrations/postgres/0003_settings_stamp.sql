-- A number that moves with every change of a practice's settings, whoever makes it: a node that keeps the
-- settings it read last sees in one look whether they still hold.

ALTER TABLE practice ADD COLUMN settings_stamp BIGINT NOT NULL DEFAULT 0;

CREATE FUNCTION move_settings_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE practice SET settings_stamp = settings_stamp + 1 WHERE id = OLD.practice_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE practice SET settings_stamp = settings_stamp + 1 WHERE id = NEW.practice_id;
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER practice_setting_moves_stamp AFTER INSERT OR UPDATE OR DELETE ON practice_setting
FOR EACH ROW EXECUTE FUNCTION move_settings_stamp();
