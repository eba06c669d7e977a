import type { Group } from '@holdfast/log';
import type { Command } from 'commander';
import { sealOf } from '../log-tools/seal.js';
import { logSource } from '../log-tools/source.js';
import { LogWalk } from '../log-tools/walk.js';
import type { ServeOptions } from '../settings.js';
import { onLog, Told, withLog } from './log.js';
import { say } from './server.js';

/** `seal`. */
export function addSeal(program: Command): void {
  const command = program
    .command('seal')
    .description('read the log, and print one line that it is known again by: keep it elsewhere, for verify --from');
  onLog(command).action((options: ServeOptions) =>
    withLog(options, async ({ log, codec }) => {
      const source = await logSource(log);
      const walk = new LogWalk(source, codec);
      const told = new Told('reading', source.ranges.events.head);
      let last: Group | null = null;
      for await (const group of walk.groups()) {
        last = group;
        told.at(group.end);
      }
      told.done();
      say(JSON.stringify(sealOf(walk, last)));
    }),
  );
}
