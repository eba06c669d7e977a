import { Socket } from 'node:net';
import { LogError, type Logger, nodeRuntime } from '@holdfast/log';
import { holderIsGone } from '../in-use.js';
import { type OwnLmdbLog, openLmdbLog } from '../lmdb-log.js';
import { Channel } from './channel.js';
import { MemoryFile } from './memory-file.js';
import { type Request, type State, sentError, type Told, unpackRecords } from './messages.js';
import type { ChildOptions } from './writer-process.js';

/*
 * The process that writes a log: it alone has LMDB open for writing. It ends with the service that began it: by closing the log, or after
 * `closeMs` all the same.
 */
const [channelDescriptor, memoryDescriptor] = [3, 4];
const closeMs = 2_000;
/** So long it waits for the writer of a service that has ended. */
const formerMs = 5_000;
const againMs = 50;

process.title = 'holdfast: log';
// Whoever tells the whole group to stop means the service, which then closes the log.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.stderr.on('error', () => {});

const { inMemory, ...options } = JSON.parse(process.argv[2]!) as ChildOptions;
const memory = inMemory ? new MemoryFile(memoryDescriptor) : null;
let log: OwnLmdbLog | null = null;
let over = false;
const channel = new Channel<Told, Request>(
  new Socket({ fd: channelDescriptor }),
  (request, bytes) => void answer(request, bytes),
  () => void end(),
);

try {
  log = await openAfterFormer();
  if (over) await end();
  channel.send({ is: 'open', readers: log.readers, ...stateOf(log) });
} catch (error) {
  channel.send({ is: 'refused', error: sentError(error) });
  channel.end();
}

type ToDo = Exclude<Request, { do: 'close' }>;

/** A service that was killed leaves its writer for a moment. */
async function openAfterFormer(): Promise<OwnLmdbLog> {
  const say = (level: 'info' | 'warn' | 'error') => (details: object, message: string) =>
    channel.send({ is: 'said', level, details, message });
  const logger: Logger = { info: say('info'), warn: say('warn'), error: say('error') };
  const conditions = {
    set: (part: string, reason: string | null) => channel.send({ is: 'condition', part, reason }),
  };
  const onLost = (error: LogError) => channel.send({ is: 'lost', error: sentError(error) });
  for (const until = performance.now() + formerMs; ; ) {
    try {
      return await openLmdbLog({ ...options, runtime: nodeRuntime, logger, conditions, onLost });
    } catch (error) {
      if (!holderIsGone(error)) throw error;
      if (performance.now() > until) throw notEnding(error as LogError);
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}

function notEnding({ message }: LogError): LogError {
  const why =
    'That one has ended, or does not answer, and what it left holds the log: its disk may not answer. See for `holdfast: log` in `ps`.';
  return new LogError('in-use', `${message} ${why}`);
}

async function answer(request: Request, bytes: Buffer): Promise<void> {
  if (request.do === 'close') {
    over = true;
    await log?.close();
    return channel.end();
  }
  const { id } = request;
  const opened = log!;
  try {
    await carryOut(opened, request, bytes);
    // What a closed log is like nobody can tell, and nobody asks.
    if (!over) channel.send({ is: 'done', id, ...stateOf(opened) });
  } catch (error) {
    if (!over) channel.send({ is: 'failed', id, error: sentError(error), ...stateOf(opened) });
  }
}

async function carryOut(opened: OwnLmdbLog, request: ToDo, bytes: Buffer): Promise<void> {
  switch (request.do) {
    case 'append': {
      const packed = request.inMemory ? await memory!.read(request.bytes) : bytes;
      return opened.append(request.stream, unpackRecords(packed));
    }
    case 'trim':
      return void (await opened.trim('commands', request.before));
    case 'look':
      return opened.space.look();
  }
}

function stateOf({ ends, space }: OwnLmdbLog): State {
  const { takes, reason, freeBytes, reserveBytes } = space;
  return { ends, space: { takes, reason, freeBytes, reserveBytes } };
}

/** The service has closed the log, or has ended. */
async function end(): Promise<void> {
  over = true;
  // A disk that does not answer, or a commit that does not end: as if it were killed.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), closeMs);
  await log?.abandon();
  process.exit(0);
}
