-- breaking: no
-- Instruments that are claimed.
CREATE TABLE holdfast.claim (
  shard text COLLATE "C" NOT NULL,
  domain text COLLATE "C" NOT NULL,
  instrument text COLLATE "C" NOT NULL,
  claim text NOT NULL,
  -- Milliseconds since 1970.
  expires_at bigint NOT NULL,
  -- Of the event that made it.
  sequence bigint NOT NULL,
  PRIMARY KEY (instrument, domain, shard)
);
