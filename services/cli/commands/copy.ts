import { userInfo } from 'node:os';
import { nodeRuntime, silentLogger } from '@holdfast/log';
import { openCodec } from '../codec.js';
import { type LogSettings, openLog, placeOf } from '../log.js';
import { type Copied, copyLog } from '../log-tools/copy.js';
import { ToolError } from '../log-tools/errors.js';
import { setSnapshotsAside } from '../log-tools/import.js';
import { logSource } from '../log-tools/source.js';
import { keepSecret } from '../secret.js';
import { logSettings, type ServeOptions } from '../settings.js';
import { counted } from '../tables.js';
import { untilFinished } from '../unfinished.js';
import { requireSecret } from './import.js';
import { ProgressLine, requireEmbedded, withOpened } from './log.js';
import { say } from './server.js';

export type CopyCommandOptions = ServeOptions & {
  fromData?: string;
  fromTopics?: string;
  past?: string[];
  until?: string;
  reason: string;
  by?: string;
};

/** `copy`: of a log that readers stop at, into a new one. */
export async function copy(options: CopyCommandOptions): Promise<void> {
  const target = logSettings(options);
  if (target.data === null) throw new ToolError('--data memory would forget what is copied: give a directory');
  const past = new Set((options.past ?? []).map((text) => position('--past', text)));
  const until = options.until === undefined ? null : position('--until', options.until);
  if (past.size === 0 && until === null)
    throw new ToolError('say what to leave out: --past POSITION, or --until POSITION');
  const from = sourceSettings(options, target);
  if (from.kafka === null) await requireEmbedded('--from-data', from.data);
  const original = await openLog(from, nodeRuntime, silentLogger, 'check');
  try {
    const source = await logSource(original);
    const opened = await openCodec(from, { log: original, logger: silentLogger, from: null });
    const copied = await withOpened(target, 'create', async ({ log, codec }) => {
      const told = new ProgressLine('copying', source.ranges.events.head);
      return copyLog({
        ...{ source, log, past, until, reason: options.reason, runtime: nodeRuntime, onProgress: told.at },
        ...{ from: opened.codec, to: codec, by: options.by ?? userInfo().username },
        prepare: async (fingerprint) => {
          await requireSecret(options, target.data!, fingerprint);
          const aside = await setSnapshotsAside(target.data!, nodeRuntime);
          if (aside !== null) say(`Snapshots of what was served from there before are now in ${aside}.`);
        },
        whole: (work) => untilFinished(target.data!, `the copy into ${placeOf(target)}`, work),
      })
        .finally(() => told.done())
        .then(async (copied) => {
          if (options.secretFile !== undefined) await keepSecret(options.secretFile, target.data!);
          return copied;
        });
    });
    say(inWords(copied));
  } finally {
    await original.close();
  }
}

function inWords({ events, commands, seal }: Copied): string {
  return `copied ${counted(events, 'event')} and ${counted(commands, 'undecided command')}; the new log ends at sequence ${seal.sequence}, hash ${seal.hash}`;
}

function sourceSettings({ fromData, fromTopics }: CopyCommandOptions, { kafka }: LogSettings): LogSettings {
  if ((fromData === undefined) === (fromTopics === undefined)) {
    throw new ToolError('say which log to copy: --from-data DIR, or --from-topics COMMANDS,EVENTS');
  }
  if (fromData !== undefined) return { data: fromData, kafka: null };
  const [commands, events, ...more] = fromTopics!.split(',');
  if (!commands || !events || more.length > 0) throw new ToolError('--from-topics takes two names: COMMANDS,EVENTS');
  if (kafka === null) throw new ToolError('--from-topics needs --kafka, and copies within that cluster');
  return { data: null, kafka: { ...kafka, topics: { commands, events } } };
}

function position(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new ToolError(`${name} must be a position in events, such as 1200, not ${text}`);
  return Number(text);
}
