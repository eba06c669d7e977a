import type { CommandHeader, Stamp } from './envelope.js';
import recorded from './sample-header.json' with { type: 'json' };

/** What version 1 of the header has; as it is in golden bytes. */
export const sampleHeaderV1 = recorded.header;

export const sampleHeader: CommandHeader = {
  ...sampleHeaderV1,
  reason: 'firmware 1.2.3',
  idempotencyKey: '8B1E3C5A-6C3B-4F6E-9B43-0A4F0D8C7E21',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

export const sampleStamp: Stamp = {
  shard: recorded.shard,
  epoch: 3,
  owner: '0192e4a0-5f30-7000-8000-0000000000aa',
  sequence: 41,
  commandId: sampleHeader.id,
  commandPosition: 17,
  index: 1,
  size: 2,
  time: 1_800_000_000_123,
  actor: 'alice',
  before: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
};

/** Of a secret, a schema or a body: any hash. */
export const sampleHash = sampleStamp.before;
