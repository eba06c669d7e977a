import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, shardSecret } from '@holdfast/events';
import { openLmdbLog } from '@holdfast/log-lmdb';
import { shardName } from '@holdfast/shard/shard-name';
import { generateLog, VirtualClock } from './generated-log.js';

/**
 * Fills a new data directory, log and secret, for `holdfast serve --data` to start on. Throws where it is not empty.
 */
export async function generateData(
  data: string,
  sizes: { events: number; components: number; seed: number },
  onProgress: (events: number) => void = () => {},
): Promise<{ events: number; commands: number }> {
  await mkdir(data, { recursive: true });
  if ((await readdir(data)).length > 0) throw new Error(`--data ${data}: the directory is not empty`);
  const secret = sha256(`generated ${sizes.seed}`);
  await writeFile(join(data, 'secret'), `${secret}\n`, { mode: 0o600 });
  const clock = new VirtualClock();
  const log = await openLmdbLog({ directory: join(data, 'log'), shard: shardName, runtime: clock });
  try {
    const given = shardSecret(Buffer.from(secret, 'base64url'));
    return await generateLog({ log, clock, secret: given, ...sizes, onProgress });
  } finally {
    await log.close();
  }
}
