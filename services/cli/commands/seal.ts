import type { Group } from '@holdfast/log';
import { sealOf } from '../log-tools/seal.js';
import { logSource } from '../log-tools/source.js';
import { LogWalk } from '../log-tools/walk.js';
import type { ServeOptions } from '../settings.js';
import { ProgressLine, withLog } from './log.js';
import { say } from './server.js';

/** `seal`. */
export function printSeal(options: ServeOptions): Promise<void> {
  return withLog(options, async ({ log, codec }) => {
    const source = await logSource(log);
    const walk = new LogWalk(source, codec);
    const told = new ProgressLine('reading', source.ranges.events.head);
    let last: Group | null = null;
    for await (const group of walk.groups()) {
      last = group;
      told.at(group.end);
    }
    told.done();
    say(JSON.stringify(sealOf(walk, last)));
  });
}
