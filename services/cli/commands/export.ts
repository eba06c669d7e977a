import type { Command } from 'commander';
import { exportLog } from '../log-tools/export.js';
import { logSource } from '../log-tools/source.js';
import type { ServeOptions } from '../settings.js';
import { counted } from '../tables.js';
import { onLog, Told, withLog } from './log.js';
import { say } from './server.js';

/** `export`. */
export function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('write the log as Avro files, which other tools read and import takes')
    .requiredOption('--out <directory>', 'a new or empty directory');
  onLog(command).action((options: ServeOptions & { out: string }) =>
    withLog(options, async ({ log, codec }) => {
      const source = await logSource(log);
      const told = new Told('exporting', source.ranges.events.head);
      const { files, seal } = await exportLog(source, codec, options.out, told.at).finally(() => told.done());
      say(
        `exported to ${options.out}: ${counted(files.events.rows, 'event')}, ${counted(files.commands.rows, 'command')}, up to sequence ${seal.sequence}`,
      );
      say('The key secret is not part of it: where reservation keys must stay valid, bring that file along too.');
    }),
  );
}
