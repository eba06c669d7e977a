import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shardName } from '@holdfast/shard/shard-name';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../infra/processes.mjs';
import { openLog } from '../../services/log-kafka/fixture.js';
import { commandsOf, linkCheckout, Sitting, typedFor } from '../support/docs-commands.js';
import { damage } from '../support/docs-damage.js';
import {
  type Documented,
  differences,
  differencesOnKafka,
  differencesWhereDamaged,
  documented,
  documentedOnKafka,
} from '../support/docs-table.js';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../support/kafka.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { pythonMissing, pythonWith } from '../support/python.js';
import { scratch } from '../support/service.js';

/*
 * docs/kafka.md from top to bottom, in one sitting, then what other files say of Kafka; README's block in another: what
 * is to be typed is typed, in checkouts of their own.
 */

const root = new URL('../..', import.meta.url).pathname;
const missing = kafkaMissing() ?? postgresMissing() ?? pythonMissing();
/** Longest that a command takes: one starts a broker. */
const commandMs = 180_000;

interface Sat {
  sitting: Sitting;
  own: Record<string, string>;
  end(): Promise<void>;
}

let server: PostgresServer;
let places: Record<string, string> = {};

beforeAll(async () => {
  if (missing !== null) return;
  const [{ brokers, registry }, postgres] = await Promise.all([sharedKafka(), startPostgres()]);
  server = postgres;
  const python = await pythonWith(join(root, 'docs/examples/requirements.txt'));
  places = { brokers, registry: registry!, python, postgres: await postgres.database() };
}, kafkaStartMsMax);
afterAll(async () => {
  await server?.remove();
});

/** A sitting with topics, ports and a checkout of its own. */
async function sit(): Promise<Sat> {
  const { directory, remove } = await scratch();
  linkCheckout(directory);
  mkdirSync(join(directory, '.holdfast'));
  const id = randomUUID();
  const ports = await Promise.all(Array.from({ length: 5 }, () => freePort(0)));
  const [port, processor, projector, sasl, plain] = ports.map(String) as [string, string, string, string, string];
  const saslPlace = join(directory, 'sasl');
  const own = { ...places, port, processor, projector, sasl, plain, saslPlace };
  const topics = { commands: `commands-${id}`, topic: `events-${id}` };
  const sitting = new Sitting(directory, {
    HOLDFAST_PORT: port,
    HOLDFAST_SERVER: `http://127.0.0.1:${port}`,
    HOLDFAST_COMMANDS_TOPIC: topics.commands,
    HOLDFAST_EVENTS_TOPIC: topics.topic,
  });
  const end = async () => {
    await sitting.close();
    // Where it was left as it is: nothing else ends that broker.
    execFileSync(process.execPath, [join(root, 'infra/kafka.mjs'), 'stop', '--kill', '--dir', saslPlace], {
      stdio: 'ignore',
    });
    await remove();
  };
  return { sitting, own: { ...own, ...topics }, end };
}

async function type({ sitting, own }: Sat, { command, says = /(?:)/, code = 0, goesOn, before }: Documented) {
  const damaged = before === 'damage';
  const typed = typedFor(command, damaged ? differencesWhereDamaged : [...differences, ...differencesOnKafka], own);
  if (goesOn) {
    expect(await sitting.begin(typed, says)).toMatch(says);
    return;
  }
  const done = await sitting.run(typed, commandMs);
  expect([done.code, done.said]).toEqual([code, expect.stringMatching(says)]);
}

describe.each(Object.entries(documentedOnKafka))('%s', (file, entries) => {
  let sat: Sat;
  beforeAll(async () => {
    if (missing === null) sat = await sit();
  }, kafkaStartMsMax);
  afterAll(() => sat?.end(), 60_000);

  test('every command that is in it is known here, and no other', () => {
    expect(entries.map(({ command }) => command)).toEqual(commandsOf(readFileSync(join(root, file), 'utf8')));
  });

  const others = Object.entries(documented).flatMap(([name, of]) => (name === 'README.md' ? [] : of));
  const run = [...entries.filter(({ left }) => left === undefined), ...others.filter(({ on }) => on === 'kafka')];
  // What needs a whole log first.
  run.sort((a, b) => Number(a.before === 'damage') - Number(b.before === 'damage'));
  test.skipIf(missing !== null).each(run)(
    '$command',
    async (entry) => {
      // As its text says, those that were begun are ended.
      if (entry.before === 'stop') await sat.sitting.run('kill %1 %2 %3 && wait');
      if (entry.before === 'damage') await damageTopic(sat);
      await type(sat, entry);
    },
    commandMs,
  );
});

async function damageTopic({ own }: Sat): Promise<void> {
  const topics = { commands: own.commands!, events: own.topic! };
  const log = await openLog(own.brokers!, { topics, shard: shardName });
  try {
    own.damaged = await damage(log);
  } finally {
    await log.close();
  }
}

describe('README.md', () => {
  let sat: Sat;
  beforeAll(async () => {
    if (missing === null) sat = await sit();
  }, kafkaStartMsMax);
  afterAll(() => sat?.end(), 60_000);

  const entries = documented['README.md']!;
  const [start, ...look] = entries.filter(({ on }) => on === 'kafka');
  // "Use it as above": from the import to the first command on Kafka.
  const above = entries
    .slice(
      entries.findIndex(({ command }) => / import /.test(command)),
      entries.indexOf(start!),
    )
    .filter(({ left }) => left === undefined);
  test.skipIf(missing !== null).each([start!, ...above, ...look])('$command', (entry) => type(sat, entry), commandMs);
});
