import { expect, test } from 'vitest';
import { shardSecret } from './secret.js';

const ours = shardSecret(Buffer.alloc(32, 1));
const others = shardSecret(Buffer.alloc(32, 2));

test('a request token differs by request and secret, and two secrets have two fingerprints', () => {
  expect(ours.requestToken('a')).not.toBe(ours.requestToken('b'));
  expect(ours.requestToken('a')).not.toBe(others.requestToken('a'));
  expect(others.fingerprint).not.toBe(ours.fingerprint);
});
