-- breaking: yes, the rows of requests move to the audit family, which is made from the log
-- A watermark for each family of projections: docs/projections.md.
ALTER TABLE holdfast.watermark ADD COLUMN family text NOT NULL DEFAULT 'status';
ALTER TABLE holdfast.watermark ALTER COLUMN family DROP DEFAULT;
ALTER TABLE holdfast.watermark DROP CONSTRAINT watermark_pkey;
ALTER TABLE holdfast.watermark ADD PRIMARY KEY (shard, family);

DROP TABLE holdfast.request;

-- What each command came to: one row per group. Its events but for the last, which is the outcome here, are the rows of
-- `history` from `first` on.
CREATE TABLE holdfast.decision (
  shard text COLLATE "C" NOT NULL,
  -- Of the outcome.
  sequence bigint NOT NULL,
  -- Of the group's first event.
  first bigint NOT NULL,
  -- Log time, milliseconds since 1970.
  time bigint NOT NULL,
  command_id text COLLATE "C" NOT NULL,
  actor text COLLATE "C" NOT NULL,
  -- Who asked: `actor`, or the name that was only stated.
  caller text COLLATE "C" NOT NULL,
  -- Somebody asked for it; the others are the engine's own.
  asked boolean NOT NULL,
  -- Of RequestDecided, or `repeated`.
  status text COLLATE "C" NOT NULL,
  outcome json NOT NULL,
  -- The shard comes last where the others tell rows apart: a column that is the same in all rows makes sorting slow.
  PRIMARY KEY (sequence, shard)
);
CREATE INDEX decision_time ON holdfast.decision (shard, time, sequence);
-- The last one by that id. Negated: the primary key must not look as if it gave the order, or without statistics the planner
-- reads the whole table backwards.
CREATE INDEX decision_command ON holdfast.decision (command_id, shard, (-sequence));
CREATE INDEX decision_caller ON holdfast.decision (caller, shard, sequence) WHERE asked;
CREATE INDEX decision_status ON holdfast.decision (status, shard, sequence) WHERE asked;

-- Every event of every group but for the outcomes. The four last columns are the state of the component after it, so that
-- its state at any moment is one row.
CREATE TABLE holdfast.history (
  shard text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  -- Null where the event is on no component.
  xname text COLLATE "C",
  type text COLLATE "C" NOT NULL,
  reservation_id text COLLATE "C",
  -- The event's other fields.
  data json,
  -- Sequence of the ComponentPut in force; null: there is no such component.
  put bigint,
  -- Sequence of the ComponentLocked in force; null: unlocked.
  locked bigint,
  -- Sequence of the ReservationsDisabled in force; null: enabled.
  disabled bigint,
  -- [reservation id, kind, created at, expires at], or null.
  held json,
  PRIMARY KEY (sequence, shard)
);
-- See decision_command.
CREATE INDEX history_component ON holdfast.history (xname, shard, (-sequence)) WHERE xname IS NOT NULL;
CREATE INDEX history_collection ON holdfast.history (shard, sequence) WHERE xname IS NULL;

-- Every component that ever was.
CREATE TABLE holdfast.known_component (
  shard text COLLATE "C" NOT NULL,
  xname text COLLATE "C" NOT NULL,
  -- See `component`.
  ord text COLLATE "C" NOT NULL,
  PRIMARY KEY (shard, xname)
);
