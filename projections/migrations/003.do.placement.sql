-- breaking: yes, history tells of resources of every kind, which is made from the log
-- Providers, consumers and what is allocated. Each is written whenever something is allocated, so what changes then is in no
-- index, and finds room in its page: see `component`. The shard comes last in keys: without statistics the planner would take
-- one that begins with it for enough, and read all of the shard.

CREATE TABLE holdfast.provider (
  shard text COLLATE "C" NOT NULL,
  uuid text COLLATE "C" NOT NULL,
  -- Sequence of the event that created it.
  created bigint NOT NULL,
  name text COLLATE "C" NOT NULL,
  -- Null: none. The root of its tree is found by going up, as a move changes that of many.
  parent text COLLATE "C",
  generation bigint NOT NULL,
  -- Log time, milliseconds since 1970.
  changed_at bigint NOT NULL,
  PRIMARY KEY (uuid, shard)
) WITH (fillfactor = 50);
CREATE INDEX provider_name ON holdfast.provider (name, shard);
CREATE INDEX provider_parent ON holdfast.provider (parent, shard) WHERE parent IS NOT NULL;

CREATE TABLE holdfast.inventory (
  shard text COLLATE "C" NOT NULL,
  provider text COLLATE "C" NOT NULL,
  resource_class text COLLATE "C" NOT NULL,
  -- Its place among the provider's.
  ordinal bigint NOT NULL,
  total bigint NOT NULL,
  reserved bigint NOT NULL,
  min_unit bigint NOT NULL,
  max_unit bigint NOT NULL,
  step_size bigint NOT NULL,
  allocation_ratio double precision NOT NULL,
  changed_at bigint NOT NULL,
  -- What is allocated of it: the sum over `allocation`, kept so that a search for room looks at no allocations.
  used bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (provider, resource_class, shard)
) WITH (fillfactor = 50);

-- The custom ones.
CREATE TABLE holdfast.resource_class (
  shard text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  created bigint NOT NULL,
  changed_at bigint NOT NULL,
  PRIMARY KEY (shard, name)
);

CREATE TABLE holdfast.consumer (
  shard text COLLATE "C" NOT NULL,
  uuid text COLLATE "C" NOT NULL,
  generation bigint NOT NULL,
  project_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  consumer_type text COLLATE "C",
  -- [[provider, [[resource class, amount], ...]], ...]: the same as its rows of `allocation`.
  allocations json NOT NULL,
  -- Sequence of the event that wrote it last.
  sequence bigint NOT NULL,
  changed_at bigint NOT NULL,
  PRIMARY KEY (uuid, shard)
) WITH (fillfactor = 50);
CREATE INDEX consumer_project ON holdfast.consumer (project_id, user_id, shard);

-- What a consumer has of a provider, where it has anything.
CREATE TABLE holdfast.allocation (
  shard text COLLATE "C" NOT NULL,
  provider text COLLATE "C" NOT NULL,
  consumer text COLLATE "C" NOT NULL,
  -- [[resource class, amount], ...]
  resources json NOT NULL,
  PRIMARY KEY (provider, consumer, shard)
) WITH (fillfactor = 70);

-- `xname` is the id of the resource that the event is on: a component, provider, consumer or resource class. Of a component the four
-- columns before say what it is after the event; of a provider or consumer this one does: see ResourceState.
ALTER TABLE holdfast.history ADD COLUMN state json;

-- Every component, provider and consumer that ever was.
ALTER TABLE holdfast.known_component RENAME TO known_resource;
ALTER TABLE holdfast.known_resource RENAME COLUMN xname TO id;
ALTER TABLE holdfast.known_resource DROP CONSTRAINT known_component_pkey;
ALTER TABLE holdfast.known_resource ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'component';
ALTER TABLE holdfast.known_resource ALTER COLUMN kind DROP DEFAULT;
ALTER TABLE holdfast.known_resource ADD PRIMARY KEY (shard, kind, id);
