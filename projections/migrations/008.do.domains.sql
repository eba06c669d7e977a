-- breaking: yes, rows are keyed by domain, and history by resource, which are made anew from the log
-- Two systems whose ids are the same may share a shard later: till then every row is of the domain `default`. Rows stay
-- where they are, as those of a lost log may be all that is left of it, and lose nothing. The domain comes after what
-- tells rows apart, and the shard last: see `provider`.

ALTER TABLE holdfast.component ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default';
ALTER TABLE holdfast.component DROP CONSTRAINT component_pkey, ADD PRIMARY KEY (xname, domain, shard);

ALTER TABLE holdfast.collection ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default';
ALTER TABLE holdfast.collection DROP CONSTRAINT collection_pkey, ADD PRIMARY KEY (key, kind, domain, shard);

ALTER TABLE holdfast.collection_member ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default';
ALTER TABLE holdfast.collection_member DROP CONSTRAINT collection_member_pkey,
  ADD PRIMARY KEY (key, kind, domain, shard, ordinal);
DROP INDEX holdfast.collection_member_xname;
CREATE INDEX collection_member_xname ON holdfast.collection_member (xname, kind, domain, shard);

ALTER TABLE holdfast.provider ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default';
ALTER TABLE holdfast.provider DROP CONSTRAINT provider_pkey, ADD PRIMARY KEY (uuid, domain, shard);
DROP INDEX holdfast.provider_name;
CREATE INDEX provider_name ON holdfast.provider (name, domain, shard);
DROP INDEX holdfast.provider_parent;
CREATE INDEX provider_parent ON holdfast.provider (parent, domain, shard) WHERE parent IS NOT NULL;

ALTER TABLE holdfast.inventory ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default';
ALTER TABLE holdfast.inventory DROP CONSTRAINT inventory_pkey, ADD PRIMARY KEY (provider, resource_class, domain, shard);

ALTER TABLE holdfast.resource_class ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default';
ALTER TABLE holdfast.resource_class DROP CONSTRAINT resource_class_pkey, ADD PRIMARY KEY (name, domain, shard);

ALTER TABLE holdfast.consumer ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default';
ALTER TABLE holdfast.consumer DROP CONSTRAINT consumer_pkey, ADD PRIMARY KEY (uuid, domain, shard);
DROP INDEX holdfast.consumer_project;
CREATE INDEX consumer_project ON holdfast.consumer (project_id, user_id, domain, shard);

ALTER TABLE holdfast.allocation ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default';
ALTER TABLE holdfast.allocation DROP CONSTRAINT allocation_pkey, ADD PRIMARY KEY (provider, consumer, domain, shard);

ALTER TABLE holdfast.provider_marks ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default';
ALTER TABLE holdfast.provider_marks DROP CONSTRAINT provider_marks_pkey, ADD PRIMARY KEY (uuid, domain, shard);

ALTER TABLE holdfast.trait ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default';
ALTER TABLE holdfast.trait DROP CONSTRAINT trait_pkey, ADD PRIMARY KEY (name, domain, shard);

ALTER TABLE holdfast.known_resource ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default';
ALTER TABLE holdfast.known_resource DROP CONSTRAINT known_resource_pkey, ADD PRIMARY KEY (id, kind, domain, shard);

-- `state` is what the module of the event says of the resource after it, so that its state at any moment is one row;
-- null: there is none. The event's other fields are all in `data`. One pass over the table.
DROP INDEX holdfast.history_component;
DROP INDEX holdfast.history_collection;
ALTER TABLE holdfast.history RENAME TO recorded_event;
ALTER INDEX holdfast.history_pkey RENAME TO recorded_event_pkey;
ALTER INDEX holdfast.history_shift RENAME TO recorded_event_shift;
ALTER TABLE holdfast.recorded_event RENAME COLUMN xname TO resource;
ALTER TABLE holdfast.recorded_event
  ADD COLUMN domain text COLLATE "C" NOT NULL DEFAULT 'default',
  ALTER COLUMN state TYPE json
    USING CASE WHEN put IS NULL THEN state ELSE json_build_array(put, locked, disabled, held) END,
  ALTER COLUMN data TYPE json
    USING CASE WHEN reservation_id IS NULL THEN data
      ELSE ('{"reservationId":' || to_json(reservation_id)::text
        || CASE WHEN data IS NULL OR data::text = '{}' THEN '}' ELSE ',' || substr(data::text, 2) END)::json
    END;
ALTER TABLE holdfast.recorded_event
  DROP COLUMN reservation_id, DROP COLUMN put, DROP COLUMN locked, DROP COLUMN disabled, DROP COLUMN held;
-- See `decision_command`.
CREATE INDEX recorded_event_resource ON holdfast.recorded_event (resource, domain, shard, (-sequence))
  WHERE resource IS NOT NULL;
CREATE INDEX recorded_event_of_none ON holdfast.recorded_event (shard, sequence) WHERE resource IS NULL;

-- On a server, processes of the version before may still run. They would take tables that lack a column or a key of
-- theirs for damaged, and put all of them aside. So what they ask of history, and the first statement by which they
-- write rows of status, tell them that the database cannot be used now: they wait, and find that a newer version keeps
-- the rows.
CREATE FUNCTION holdfast.history_of_older() RETURNS TABLE (shard text, sequence bigint, xname text, type text,
  reservation_id text, data json, put bigint, locked bigint, disabled bigint, held json, state json)
  LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a newer Holdfast keeps the read model' USING ERRCODE = 'cannot_connect_now';
END $$;
CREATE VIEW holdfast.history AS SELECT shard COLLATE "C" AS shard, sequence, xname COLLATE "C" AS xname,
  type COLLATE "C" AS type, reservation_id COLLATE "C" AS reservation_id, data, put, locked, disabled, held, state
  FROM holdfast.history_of_older();

CREATE FUNCTION holdfast.refuse_older() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a newer Holdfast keeps the read model' USING ERRCODE = 'cannot_connect_now';
END $$;
CREATE TRIGGER refuse_older BEFORE UPDATE ON holdfast.watermark FOR EACH ROW
  WHEN (new.version <= CASE new.family WHEN 'status' THEN 4 ELSE 3 END) EXECUTE FUNCTION holdfast.refuse_older();
