import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeDirectories } from './directory.js';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'holdfast-directory-'));
});
afterEach(() => rm(place, { recursive: true }));

test('all that is missing is made, its user’s alone, and what is there is left', async () => {
  await mkdir(join(place, 'a'), { mode: 0o755 });
  await symlink(join(place, 'a'), join(place, 'link'));
  for (const path of ['a', 'a/b/c', 'a/b/c', 'link', 'link/d/']) await makeDirectories(join(place, path));
  const modes = ['a/b', 'a/b/c', 'a/d'].map(async (each) => (await stat(join(place, each))).mode & 0o7777);
  expect(await Promise.all(modes)).toEqual([0o700, 0o700, 0o700]);
});

test('of several at once, each finds it made', async () => {
  const path = join(place, 'a', 'b', 'c');
  await Promise.all(Array.from({ length: 8 }, () => makeDirectories(path)));
  expect((await stat(path)).isDirectory()).toBe(true);
});

test.each([
  { path: 'file', code: 'EEXIST' },
  { path: 'file/a/b', code: 'ENOTDIR' },
  { path: 'nowhere', code: 'ENOENT' },
  { path: 'nowhere/a/b', code: 'ENOENT' },
])('what cannot be made is told: $path', async ({ path, code }) => {
  await writeFile(join(place, 'file'), '');
  await symlink(join(place, 'not', 'there'), join(place, 'nowhere'));
  await expect(makeDirectories(join(place, path))).rejects.toMatchObject({ code });
});

// By `mkdir`'s `recursive` it never ends, and takes a thread with it.
test.skipIf(process.platform !== 'linux').each(['/proc/nope', '/proc/nope/a/b'])('%s is told, too', async (path) => {
  await expect(makeDirectories(path)).rejects.toMatchObject({ code: 'ENOENT', path: '/proc/nope' });
});
