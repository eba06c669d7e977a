-- breaking: no, these are new and hold nothing that a log had before
-- What providers are marked with, apart from `provider`, whose rows are written again with each allocation. Both lists are found by
-- what is in them, in an index of few entries, as there are many providers and few traits and aggregates. A write goes into it at
-- once: nothing cleans up behind the embedded database.

CREATE TABLE holdfast.provider_marks (
  shard text COLLATE "C" NOT NULL,
  uuid text COLLATE "C" NOT NULL,
  -- In the order in which they were given. Null, as the next two: never.
  aggregates text[] COLLATE "C",
  traits text[] COLLATE "C",
  -- Log time at which the traits were set, milliseconds since 1970.
  traits_at bigint,
  PRIMARY KEY (uuid, shard)
);
CREATE INDEX provider_marks_aggregates ON holdfast.provider_marks USING gin (aggregates) WITH (fastupdate = off);
CREATE INDEX provider_marks_traits ON holdfast.provider_marks USING gin (traits) WITH (fastupdate = off);

-- The custom ones.
CREATE TABLE holdfast.trait (
  shard text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  changed_at bigint NOT NULL,
  PRIMARY KEY (shard, name)
);
