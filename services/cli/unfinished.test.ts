import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requireFinished, untilFinished } from './unfinished.js';

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'holdfast-unfinished-'));
});
afterEach(() => rm(data, { recursive: true }));

test('nothing is served from where an import ended early, until it is made anew', async () => {
  const failing = untilFinished(join(data, 'new'), 'the import into new', async () => {
    throw new Error('no space left');
  });
  await expect(failing).rejects.toThrow('no space left');
  const message = `the import into new did not come to its end, so the log in it is not whole: delete that, and ${join(data, 'new', 'unfinished')}, and begin again`;
  await expect(requireFinished(join(data, 'new'))).rejects.toMatchObject({ code: 'lost', message });
  expect(await untilFinished(join(data, 'new'), 'the import into new', async () => 7)).toBe(7);
  await requireFinished(join(data, 'new'));
});

test('it is noted while it is under way, and nothing is begun where that cannot be', async () => {
  await untilFinished(data, 'the copy into data', () => expect(requireFinished(data)).rejects.toThrow('the copy into'));
  expect(await readdir(data)).toEqual([]);
  await writeFile(join(data, 'file'), '');
  let begun = false;
  const work = async () => {
    begun = true;
  };
  await expect(untilFinished(join(data, 'file'), 'the import into it', work)).rejects.toThrow(/was not begun/);
  expect(begun).toBe(false);
  await requireFinished(null);
});
