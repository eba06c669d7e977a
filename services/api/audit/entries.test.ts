import { expect, test } from 'vitest';
import { shownEvent } from './entries.js';
import { wordsOf } from './words.js';

const decision = {
  ...{ sequence: 9, commandId: '', actor: 'alice', command: 'thing.ClaimRequested', total: 1, reason: null },
  ...({ status: 'accepted', origin: null } as const),
};
const entry = { sequence: 8, time: 0, type: 'thing.Claimed', resource: 'x0', decision };
const module = {
  ...{ commands: {}, words: { 'thing.Claimed': ({ claim }: { claim: string }) => `claimed by ${claim}` } },
  ...{ kept: () => ({}), audit: { beside: { claim: 'ClaimID', later: 'Later' } } },
};
const words = wordsOf([module as never]);

test('what a module shows of an event beside its changes is none of them, and is there where there is some', () => {
  const shown = shownEvent({ ...entry, detail: { claim: 'c', later: null, expiresAt: 60_000 } }, words);
  expect(shown).toEqual({
    Sequence: 8,
    Time: '1970-01-01T00:00:00.000Z',
    Type: 'thing.Claimed',
    ID: 'x0',
    Text: 'claimed by c',
    ClaimID: 'c',
    Changes: { ExpiresAt: '1970-01-01T00:01:00.000Z' },
  });
});

test('of an event that is nobody’s all are changes', () => {
  const { Changes } = shownEvent({ ...entry, type: 'nosuch.Claimed', detail: { claim: 'c' } }, words);
  expect(Changes).toEqual({ Claim: 'c' });
});
