-- breaking: yes, rows of components say their tokens, which come from the log
-- Fencing tokens: what is held now has the sequence of the event that made it.
ALTER TABLE holdfast.component ADD COLUMN lock_token bigint;
ALTER TABLE holdfast.component ADD COLUMN reservation_token bigint;
