import { exportLog } from '../log-tools/export.js';
import { logSource } from '../log-tools/source.js';
import type { ServeOptions } from '../settings.js';
import { counted } from '../tables.js';
import { ProgressLine, withLog } from './log.js';
import { say } from './server.js';

export type ExportOptions = ServeOptions & { out: string };

/** For who passes it on. */
const holdsSecrets =
  'It holds all that the log does, as an import needs all of it: Idempotency-Keys, by which answers can be had again (without tokens by anybody, reservation keys included), hashes of reservation keys, and names, addresses and reasons of callers. Its files are for this user alone: keep them as you keep the data directory.';

/** `export`. */
export function exportTo(options: ExportOptions): Promise<void> {
  return withLog(options, async ({ log, codec }) => {
    const source = await logSource(log);
    const told = new Map<string, ProgressLine>();
    const onProgress = (what: string, position: number) => {
      if (!told.has(what)) told.set(what, new ProgressLine(what, source.ranges.events.head));
      told.get(what)!.at(position);
    };
    const { files, seal } = await exportLog(source, codec, options.out, onProgress).finally(() => {
      for (const each of told.values()) each.done();
    });
    const rows = `${counted(files.events.rows, 'event')}, ${counted(files.commands.rows, 'command')}`;
    say(`exported to ${options.out}: ${rows}, up to sequence ${seal.sequence}`);
    say(holdsSecrets);
    say('The key secret is not part of it: where reservation keys must stay valid, bring that file along too.');
  });
}
