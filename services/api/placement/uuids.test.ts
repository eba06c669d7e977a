import { expect, test } from 'vitest';
import { isCanonicalUuid, isUuidLike, uuidOf } from './uuids.js';

const uuid = '4e8e5957-649f-477b-9e5b-f1f75b21c03c';

test('every spelling of a UUID is read as the one that everything is called by', () => {
  const bare = uuid.replaceAll('-', '');
  for (const text of [
    uuid,
    uuid.toUpperCase(),
    bare,
    `{${uuid}}`,
    `urn:uuid:${uuid}`,
    `uuid:{${bare.toUpperCase()}}`,
  ]) {
    expect(isUuidLike(text), text).toBe(true);
    expect(uuidOf(text)).toBe(uuid);
    expect(isCanonicalUuid(text)).toBe(text === uuid);
  }
});

test('nothing else is like one, and nothing without an end', () => {
  for (const text of ['', 'x', bareOf(31), bareOf(33), `${uuid}\n`, `${uuid.slice(1)}g`, '-'.repeat(36)]) {
    expect(isUuidLike(text), text).toBe(false);
  }
  expect(isUuidLike(`${'urn:'.repeat(20)}${uuid}`)).toBe(false);
});

function bareOf(length: number): string {
  return 'a'.repeat(length);
}
