-- breaking: no
-- What has moved every expiry since one was set: there are few.
CREATE INDEX history_shift ON holdfast.history (shard, sequence) WHERE type = 'engine.TimeShifted';
