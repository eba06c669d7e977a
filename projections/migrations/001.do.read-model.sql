-- breaking: yes, the first tables
-- Everything here is made from the log and can be dropped at any time. Keys begin with the shard, so that one database can
-- serve several. Xnames and orders compare by their bytes, as the code does.

CREATE TABLE holdfast.watermark (
  shard text PRIMARY KEY,
  -- Names the log that the rows were made from.
  log text NOT NULL,
  -- The version of the projection functions.
  version integer NOT NULL,
  read bigint NOT NULL,
  resume bigint NOT NULL,
  checkpoint json NOT NULL
) WITH (fillfactor = 10);

-- Locks and reservations change all the time and are in no index, so that with free room in each page an update stays
-- within it and touches no index. Properties are kept twice: as given, and in lower case for filters.
CREATE TABLE holdfast.component (
  shard text COLLATE "C" NOT NULL,
  xname text COLLATE "C" NOT NULL,
  -- Its plain order is the order of places: slot 2 before slot 10.
  ord text COLLATE "C" NOT NULL,
  locked boolean NOT NULL DEFAULT false,
  disabled boolean NOT NULL DEFAULT false,
  -- Null, as are the four after it, when there is no reservation.
  reservation_id text,
  kind text,
  -- Milliseconds since 1970.
  created_at bigint,
  -- Null: never.
  expires_at bigint,
  deputy_key_hash text,
  type text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  flag text COLLATE "C" NOT NULL,
  enabled text COLLATE "C" NOT NULL,
  software_status text COLLATE "C" NOT NULL,
  role text COLLATE "C" NOT NULL,
  sub_role text COLLATE "C" NOT NULL,
  nid text COLLATE "C" NOT NULL,
  subtype text COLLATE "C" NOT NULL,
  arch text COLLATE "C" NOT NULL,
  class text COLLATE "C" NOT NULL,
  properties json NOT NULL,
  PRIMARY KEY (shard, xname)
) WITH (fillfactor = 50);

-- Groups and partitions. `key` is the name in lower case.
CREATE TABLE holdfast.collection (
  shard text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  name text NOT NULL,
  description text NOT NULL,
  PRIMARY KEY (shard, kind, key)
);

CREATE TABLE holdfast.collection_member (
  shard text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  -- From 1, in the order given.
  ordinal bigint NOT NULL,
  xname text COLLATE "C" NOT NULL,
  PRIMARY KEY (shard, kind, key, ordinal)
);

-- What was decided on each request. `events` is read whole or not at all, so it is not taken apart.
CREATE TABLE holdfast.request (
  shard text COLLATE "C" NOT NULL,
  command_id text COLLATE "C" NOT NULL,
  actor text NOT NULL,
  sequence bigint NOT NULL,
  decided_at bigint NOT NULL,
  events json NOT NULL,
  PRIMARY KEY (shard, command_id)
);
