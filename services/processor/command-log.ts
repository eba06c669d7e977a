import { type Codec, type CommandHeader, firstLevel, newestLevel, type RecordedSchema } from '@holdfast/events';
import { LogError, type LogRecord, type Runtime, recordsOf, type ShardLog } from '@holdfast/log';

export interface ShardIdentity {
  domains: string[];
  /** Fingerprint of the key secret. */
  secretFingerprint: string;
}

/** How a new log begins; one that exists keeps its own. SPEC rule 13. */
export interface LogBeginning {
  level: number;
  schemas: readonly RecordedSchema[];
}

/** In the form that every version reads. */
const oldest: LogBeginning = { level: firstLevel, schemas: [] };

/** At the newest level, with the ids of this codec. */
export function newestBeginning(codec: Codec): LogBeginning {
  return { level: newestLevel, schemas: codec.schemas() };
}

/**
 * Begins the command log if it is empty, and `mayBegin` does not throw. Any process may; where two do, the second
 * beginning is refused when decided. SPEC rules 1 and 8.
 */
export async function beginCommandLog(
  log: ShardLog,
  codec: Codec,
  runtime: Runtime,
  identity: ShardIdentity,
  beginning: LogBeginning = oldest,
  mayBegin?: () => Promise<void>,
): Promise<void> {
  if ((await log.head('commands')) > 0) return;
  await mayBegin?.();
  const value = codec.encodeCommand(
    { type: 'engine.CommandLogStarted', logId: runtime.uuid(), shard: log.shard, ...identity, ...beginning },
    engineHeader(runtime.uuid()),
    beginning.level,
  ).value;
  await log.append('commands', [{ key: log.shard, value }]);
}

/** The header of the engine's own commands: nobody asked for them. */
export function engineHeader(id: string): CommandHeader {
  return {
    id,
    domain: 'engine',
    actor: { name: 'holdfast', authenticated: true, address: '', userAgent: '' },
    keyed: false,
    reason: '',
    idempotencyKey: '',
    traceparent: '',
  };
}

/** Throws when a shard was opened with another key secret than `own`. `opened` is empty before it was. SPEC rule 1. */
export function checkSecret(opened: string, own: string, shard: string): void {
  if (opened === '' || opened === own) return;
  throw new Error(
    `shard ${shard} was opened with another key secret (fingerprint ${opened}): give the secret that it was opened with`,
  );
}

/**
 * Where to read commands on from, given the command log and position that the last accepted group names. What follows
 * may be gone: whoever reads on from there notices. Throws LogError `corrupt` where that cannot be told, as the command
 * log's beginning went before it was decided, and where the log ends before.
 */
export async function resumePosition(
  log: ShardLog,
  codec: Codec,
  accepted: { commandLog: string; commandPosition: number },
): Promise<number> {
  const start = await log.start('commands');
  const head = await log.head('commands');
  const next = accepted.commandPosition + 1;
  if (start === 0 && head > 0 && accepted.commandLog !== '') {
    const first = await firstCommand(log);
    if (first !== null && logIdOf(first, codec) !== accepted.commandLog) return 0;
  }
  if (next > head) {
    throw new LogError(
      'corrupt',
      `the command log holds positions ${start} to ${head - 1}, but ${next} is the next to decide: commands were lost, or this is another log`,
    );
  }
  if (next < start && accepted.commandLog === '') {
    throw new LogError(
      'corrupt',
      `the command log holds positions ${start} to ${head - 1} and has lost its beginning before anything was decided: begin with new topics`,
    );
  }
  return next;
}

/**
 * The record that the command log begins with, where it was found to hold its beginning. Null where that is empty, or
 * was removed since: the log removes what is old at any moment.
 */
export async function firstCommand(log: ShardLog): Promise<LogRecord | null> {
  try {
    for await (const [first] of recordsOf(log, { stream: 'commands', from: 0, to: 1 })) return first ?? null;
  } catch (error) {
    if (!(error instanceof LogError && error.code === 'out-of-range')) throw error;
  }
  return null;
}

function logIdOf({ value }: LogRecord, codec: Codec): string {
  const { command } = codec.decodeCommand(value);
  if (command.type === 'engine.CommandLogStarted') return command.logId;
  throw new LogError('corrupt', 'the command log does not begin with CommandLogStarted');
}
