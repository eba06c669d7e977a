import type { Command, LevelRaiseRequested } from '@holdfast/events';
import { sampleCommands } from '@holdfast/events/samples';
import { expect, test } from 'vitest';
import { fakeApi } from '../../../test/support/fake-api.js';
import { apiModules } from '../modules.js';

test('a level that is asked for again under one Idempotency-Key gets the same refusal, which says so', async () => {
  const raising = (): LevelRaiseRequested => ({ type: 'engine.LevelRaiseRequested', level: 4, schemas: [] });
  const api = await fakeApi({}, { level: { now: () => 1, newest: 4, key: 'shard', raising } });
  // The fake has no level: what it refuses stands for that.
  const refused = sampleCommands[apiModules[0]!.example.command as Command['type']];
  const submit = api.gateway.submit.bind(api.gateway);
  api.gateway.submit = (submission) => submit({ ...submission, command: refused });
  const ask = (headers: Record<string, string>) => api.inject({ method: 'POST', path: '/admin/level', headers });
  const key = { 'idempotency-key': '0b7e3f52-6d0a-4a7a-8a52-0f3f5f7b8a11' };
  const answers = [await ask(key), await ask(key), await ask({})];
  expect(answers.map(({ status, headers }) => [status, headers['idempotent-replayed']])).toEqual([
    [409, undefined],
    [409, 'true'],
    [409, undefined],
  ]);
  const [first, again] = answers.map(({ headers }) => headers['holdfast-sequence']);
  expect(again).toBe(first);
});
