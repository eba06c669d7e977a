-- breaking: yes, rows of components say their tokens, which come from the log
-- Fencing tokens: what is held now has the sequence of the event that made it.
ALTER TABLE holdfast.component ADD COLUMN lock_token bigint;
ALTER TABLE holdfast.component ADD COLUMN reservation_token bigint;
-- Selections look at one of the two, and answers at the other. Rows from before are made anew.
ALTER TABLE holdfast.component ADD CONSTRAINT lock_has_token CHECK (locked = (lock_token IS NOT NULL)) NOT VALID;
