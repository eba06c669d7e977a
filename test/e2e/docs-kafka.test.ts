import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../infra/processes.mjs';
import { commandsOf, linkCheckout, Sitting, typedFor } from '../support/docs-commands.js';
import { differencesOnKafka, documentedOnKafka } from '../support/docs-table.js';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../support/kafka.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { pythonMissing, pythonWith } from '../support/python.js';
import { scratch } from '../support/service.js';

/* docs/kafka.md from top to bottom, in one sitting: what it says to type is typed, in a checkout of its own. */

const root = new URL('../..', import.meta.url).pathname;
const missing = kafkaMissing() ?? postgresMissing() ?? pythonMissing();

let sitting: Sitting;
let server: PostgresServer;
let remove: () => Promise<void>;
let own: Record<string, string> = {};

beforeAll(async () => {
  if (missing !== null) return;
  const [{ brokers, registry }, postgres] = await Promise.all([sharedKafka(), startPostgres()]);
  server = postgres;
  const { directory, remove: removeScratch } = await scratch();
  remove = removeScratch;
  linkCheckout(directory);
  mkdirSync(join(directory, '.holdfast'));
  const id = randomUUID();
  const ports = await Promise.all([freePort(0), freePort(0), freePort(0)]);
  const [port, processor, projector] = ports.map(String) as [string, string, string];
  own = {
    ...{ port, processor, projector, brokers, registry: registry!, topic: `events-${id}` },
    postgres: await postgres.database(),
    python: await pythonWith(join(root, 'docs/examples/requirements.txt')),
  };
  sitting = new Sitting(directory, {
    HOLDFAST_PORT: port,
    HOLDFAST_SERVER: `http://127.0.0.1:${port}`,
    HOLDFAST_COMMANDS_TOPIC: `commands-${id}`,
    HOLDFAST_EVENTS_TOPIC: own.topic!,
  });
}, kafkaStartMsMax);
afterAll(async () => {
  await sitting?.close();
  await server?.remove();
  await remove?.();
});

describe.each(Object.entries(documentedOnKafka))('%s', (file, entries) => {
  test('every command that is in it is known here, and no other', () => {
    expect(entries.map(({ command }) => command)).toEqual(commandsOf(readFileSync(join(root, file), 'utf8')));
  });

  const run = entries.filter(({ left }) => left === undefined);
  test.skipIf(missing !== null).each(run)('$command', async ({ command, says = /(?:)/, code = 0 }) => {
    const done = await sitting.run(typedFor(command, differencesOnKafka, own));
    expect([done.code, done.said]).toEqual([code, expect.stringMatching(says)]);
  });
});
