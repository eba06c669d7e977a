import { nodeRuntime, silentLogger } from '@holdfast/log';
import { KafkaProblems } from '@holdfast/log-kafka';
import { type ProjectionName, projectionNames, rebuild } from '@holdfast/projections';
import { shardName } from '@holdfast/shard/shard-name';
import { hasEmbeddedLog, type LogSettings } from '../log.js';
import { beginLostCommands, type DerivedStore, requireLost, setAside } from '../log-tools/accept-lost.js';
import { ToolError } from '../log-tools/errors.js';
import { mayDropFor } from '../lost-log.js';
import { openReadModel } from '../read-model.js';
import { logSettings, type ServeOptions } from '../settings.js';
import { type OpenedLog, ProgressLine, withLog, withOpened } from './log.js';
import { say } from './server.js';

export type RebuildCommandOptions = ServeOptions & { acceptLostLog?: boolean };

/** `rebuild`. */
export async function rebuildRows(given: string[], options: RebuildCommandOptions): Promise<void> {
  const names = given.length === 0 ? projectionNames : given.map(projectionOf);
  if (options.acceptLostLog) {
    if (given.length > 0) throw new ToolError('--accept-lost-log lets go of all rows: name no projection');
    await acceptLostLog(options);
    return;
  }
  if (options.kafka !== undefined && options.postgres === undefined) {
    throw new ToolError('give --postgres: on Kafka the read model to rebuild is on a Postgres server');
  }
  await withLog(options, (opened) => rebuildFrom(opened, options.postgres ?? null, names));
}

/** Puts aside what was made from a log that is lost, and makes the rows of what is there now. */
async function acceptLostLog(options: ServeOptions): Promise<void> {
  const settings = logSettings(options);
  const postgres = options.postgres ?? null;
  const kept: DerivedStore = { shard: shardName, data: settings.data, postgres };
  const work = async (opened: OpenedLog | null) => {
    await requireLost(opened, kept);
    const aside = await setAside(kept);
    say(aside.length === 0 ? 'there was nothing to put aside' : `put aside, and kept:\n  ${aside.join('\n  ')}`);
    if (opened === null || (await opened.log.head('events')) === 0) {
      say('the log is gone or empty: the next start of the service begins a new one');
      return;
    }
    if (await beginLostCommands(opened.log, opened.codec)) say('began a new log of commands');
    // What is embedded on Kafka is the service's own.
    if (postgres !== null || settings.kafka === null) await rebuildFrom(opened, postgres, projectionNames);
  };
  if (settings.kafka === null && (settings.data === null || !hasEmbeddedLog(settings.data))) return work(null);
  await onLogOrNone(settings, work);
}

async function onLogOrNone(settings: LogSettings, work: (opened: OpenedLog | null) => Promise<void>): Promise<void> {
  try {
    await withOpened(settings, 'check', work);
  } catch (error) {
    const gone = error instanceof KafkaProblems && error.problems.every(({ missing }) => missing === true);
    if (!gone) throw error;
    await work(null);
  }
}

async function rebuildFrom(
  { log, codec, settings: { data } }: OpenedLog,
  postgres: string | null,
  names: readonly ProjectionName[],
): Promise<void> {
  const database = await openReadModel({ postgres, data }, silentLogger, mayDropFor(log, codec, data));
  const ended = new AbortController();
  const end = () => ended.abort();
  process.once('SIGINT', end);
  const told = new ProgressLine('rebuilding', await log.head('events'));
  const began = Date.now();
  let read = 0;
  const onProgress = (progress: { read: number }) => {
    read = progress.read;
    told.at(read);
  };
  try {
    await rebuild({ log, codec, database, runtime: nodeRuntime, names, onProgress, signal: ended.signal });
  } finally {
    told.done();
    process.off('SIGINT', end);
    await database.close();
  }
  const seconds = ((Date.now() - began) / 1_000).toFixed(1);
  say(`rebuilt ${names.join(', ')} from ${read.toLocaleString('en')} events in ${seconds} s`);
}

function projectionOf(name: string): ProjectionName {
  const known = projectionNames.find((one) => one === name);
  if (known === undefined)
    throw new ToolError(`there is no projection ${name}: there are ${projectionNames.join(', ')}`);
  return known;
}
