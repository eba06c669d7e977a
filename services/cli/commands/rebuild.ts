import { nodeRuntime, silentLogger } from '@holdfast/log';
import { type ProjectionName, projectionNames, rebuild } from '@holdfast/projections';
import { ToolError } from '../log-tools/errors.js';
import { openReadModel } from '../read-model.js';
import type { ServeOptions } from '../settings.js';
import { Told, withLog } from './log.js';
import { say } from './server.js';

/** `rebuild`. */
export async function rebuildRows(given: string[], options: ServeOptions): Promise<void> {
  const names = given.length === 0 ? projectionNames : given.map(projectionOf);
  if (options.kafka !== undefined && options.postgres === undefined) {
    throw new ToolError('give --postgres: on Kafka the read model to rebuild is on a Postgres server');
  }
  await withLog(options, async ({ log, codec }) => {
    const database = await openReadModel({ postgres: options.postgres ?? null, data: options.data }, silentLogger);
    const ended = new AbortController();
    const end = () => ended.abort();
    process.once('SIGINT', end);
    const told = new Told('rebuilding', await log.head('events'));
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
  });
}

function projectionOf(name: string): ProjectionName {
  const known = projectionNames.find((one) => one === name);
  if (known === undefined)
    throw new ToolError(`there is no projection ${name}: there are ${projectionNames.join(', ')}`);
  return known;
}
