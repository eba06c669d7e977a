import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdfast } from '../support/cli.js';
import { hsm, loadNodes, ServedProcess, scratch, serviceFor, xnames } from '../support/service.js';

/** What an operator reads of a log file that was damaged: from the service, and from each tool. */
const fleet = xnames(40);
let place: Awaited<ReturnType<typeof scratch>>;
let data: string;
let path: string;
beforeEach(async () => {
  place = await scratch();
  data = join(place.directory, 'data');
  path = join(data, 'log', 'log.mdb');
  const service = await serviceFor({ data });
  await loadNodes(service.url, fleet);
  expect((await hsm(service.url, '/locks/lock', { ComponentIDs: fleet.slice(0, 5) })).status).toBe(200);
  await service.close();
});
afterEach(() => place.remove());

/** Each says the same, and none of them has a stack or is ended by a signal. */
async function expectTold(told: RegExp): Promise<string> {
  const served = new ServedProcess(['--data', data]);
  const refused = await served.ready().then(String, (error: Error) => error.message);
  const tools: [string, ...string[]][] = [
    ['verify'],
    ['export', '--out', join(place.directory, 'out')],
    ['replay', '--until', '100000'],
  ];
  const said: [string, number | null][] = [[`serve: ${refused}`, await served.exited]];
  for (const [tool, ...args] of tools) {
    await rm(join(place.directory, 'out'), { recursive: true, force: true });
    const { stdout, stderr, code } = await holdfast([tool, '--data', data, ...args]);
    said.push([`${tool}: ${stdout}${stderr}`, code]);
  }
  for (const [output, code] of said) {
    expect(output).toMatch(told);
    expect(output).toMatch(/put the newest undamaged copy of the directory in its place; .*holdfast copy/);
    expect(output).not.toMatch(/newer version|\n +at /);
    expect(code, output).toBe(1);
  }
  return said[0]![0];
}

test('a record with another byte in it is told with its position, and what is before it can be copied', async () => {
  const contents = await readFile(path);
  const at = contents.lastIndexOf(fleet[4]!);
  contents[at + 2]! ^= 1;
  // Wherever the same bytes stand from before, they are not read.
  for (let each = contents.indexOf(fleet[4]!); each >= 0; each = contents.indexOf(fleet[4]!, each + 1))
    contents[each + 2]! ^= 1;
  await writeFile(path, contents);
  // Snapshots would spare the reading.
  await rm(join(data, 'snapshots'), { recursive: true, force: true });
  await rm(join(data, 'read-model'), { recursive: true, force: true });
  const told = await expectTold(/the record at position \d+ of (?:events|commands) does not match its checksum/);
  const position = /position (\d+) of events/.exec(told)?.[1];
  expect(Number(position)).toBeGreaterThan(0);
  const copy = join(place.directory, 'copy');
  const args = ['--from-data', data, '--data', copy, '--until', position!, '--reason', 'a bad block'];
  const copied = await holdfast(['copy', ...args, '--secret-file', join(data, 'secret')]);
  expect(copied, copied.stderr).toMatchObject({ code: 0 });
  const verified = await holdfast(['verify', '--data', copy]);
  expect(verified, verified.stderr).toMatchObject({ code: 0 });
}, 120_000);

test('a page that is none is told with its number', async () => {
  const contents = await readFile(path);
  const leaf = 0x02;
  // All leaves, as any may be one that nobody reads any more.
  for (let at = 2 * 4_096; at < contents.length; at += 4_096) {
    if ((contents.readUInt16LE(at + 18) & 0x3f) === leaf) contents.fill(255, at + 24, at + 40);
  }
  await writeFile(path, contents);
  await expectTold(/the log is damaged: page \d+ of the log file .*log\.mdb/);
}, 120_000);
