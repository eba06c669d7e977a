import { exportLog } from '../log-tools/export.js';
import { logSource } from '../log-tools/source.js';
import type { ServeOptions } from '../settings.js';
import { counted } from '../tables.js';
import { Told, withLog } from './log.js';
import { say } from './server.js';

export type ExportOptions = ServeOptions & { out: string };

/** `export`. */
export function exportTo(options: ExportOptions): Promise<void> {
  return withLog(options, async ({ log, codec }) => {
    const source = await logSource(log);
    const told = new Told('exporting', source.ranges.events.head);
    const { files, seal } = await exportLog(source, codec, options.out, told.at).finally(() => told.done());
    const rows = `${counted(files.events.rows, 'event')}, ${counted(files.commands.rows, 'command')}`;
    say(`exported to ${options.out}: ${rows}, up to sequence ${seal.sequence}`);
    say('The key secret is not part of it: where reservation keys must stay valid, bring that file along too.');
  });
}
