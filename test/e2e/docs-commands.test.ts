import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../infra/processes.mjs';
import { commandsOf, linkCheckout, Sitting, typedFor } from '../support/docs-commands.js';
import { damagedCopy } from '../support/docs-damage.js';
import { type Documented, differences, differencesWhereDamaged, documented } from '../support/docs-table.js';
import { pythonMissing, pythonMsMax, pythonWith } from '../support/python.js';
import { scratch } from '../support/service.js';

/* The documentation from top to bottom, in one sitting: what it says to type is typed, in a checkout of its own. */

const root = new URL('../..', import.meta.url).pathname;
const missing = pythonMissing();
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

let sitting: Sitting;
let remove: () => Promise<void>;
let at: string;
const own: Record<string, string> = {};

beforeAll(async () => {
  if (missing !== null) return;
  const { directory, remove: removeScratch } = await scratch();
  remove = removeScratch;
  at = directory;
  linkCheckout(directory);
  own.port = String(await freePort(0));
  own.elsewhere = join(directory, 'elsewhere');
  mkdirSync(own.elsewhere);
  own.python = await pythonWith(join(root, 'docs/examples/requirements.txt'));
  const server = `http://127.0.0.1:${own.port}`;
  sitting = new Sitting(directory, { HOLDFAST_PORT: own.port, HOLDFAST_SERVER: server });
}, pythonMsMax);
afterAll(async () => {
  await sitting?.close();
  await remove?.();
});

const here = ({ command, before }: Documented) =>
  typedFor(command, before === 'damage' ? differencesWhereDamaged : differences, own);

describe.each(Object.entries(documented))('%s', (file, entries) => {
  test('every command that is in it is known here, and no other', () => {
    expect(entries.map(({ command }) => command)).toEqual(commandsOf(textOf(file)));
  });

  const run = entries.filter(({ left, on }) => left === undefined && on === undefined);
  test.skipIf(missing !== null).each(run)('$command', async (entry) => {
    const { says = /(?:)/, code = 0, goesOn, endless, before } = entry;
    if (before === 'stop') await sitting.stop();
    if (before === 'damage') own.damaged = await damagedCopy(at);
    if (before === 'serve') await sitting.begin('node_modules/.bin/holdfast serve', /serving at/);
    if (goesOn) {
      expect(await sitting.begin(here(entry), says)).toMatch(says);
      return;
    }
    const typed = here(entry);
    const done = await sitting.run(endless ? `timeout 2 ${typed}` : typed);
    expect([done.code, done.said]).toEqual([endless ? 124 : code, expect.stringMatching(says)]);
  });
});
