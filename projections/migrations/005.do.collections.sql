-- breaking: no, collections have more to say, and are made anew from the log for it
ALTER TABLE holdfast.collection ADD COLUMN tags json NOT NULL DEFAULT '[]';
-- Empty: none.
ALTER TABLE holdfast.collection ADD COLUMN exclusive_group text NOT NULL DEFAULT '';
-- In which collections a component is. See `decision_command` for the order of its columns.
CREATE INDEX collection_member_xname ON holdfast.collection_member (xname, kind, shard);
