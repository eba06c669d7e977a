import { Socket } from 'node:net';
import { type LogError, type Logger, nodeRuntime } from '@holdfast/log';
import { openLmdbLog } from '../lmdb-log.js';
import type { OwnLmdbLog } from '../options.js';
import { Channel } from './channel.js';
import { MemoryFile } from './memory-file.js';
import { sentError, unpackRecords, type WriterReport, type WriterRequest, type WriterState } from './messages.js';
import type { ChildOptions } from './writer-process.js';

/*
 * The process that writes a log: it alone has LMDB open for writing. It ends with the service that began it: by closing
 * the log, or `closeMs` after it sees that end, which it does not while it looks at the pages of a large log.
 */
const [channelDescriptor, memoryDescriptor, lockedDescriptor] = [3, 4, 5];
const closeMs = 2_000;

process.title = 'holdfast: log';
// Whoever tells the whole group to stop means the service, which then closes the log.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.stderr.on('error', () => {});

const { inMemory, ...options } = JSON.parse(process.argv[2]!) as ChildOptions;
const memory = inMemory ? new MemoryFile(memoryDescriptor) : null;
let log: OwnLmdbLog | null = null;
let over = false;
const channel = new Channel<WriterReport, WriterRequest>(
  new Socket({ fd: channelDescriptor }),
  (request, bytes) => void answer(request, bytes),
  () => void end(),
);

try {
  log = await open();
  channel.send({ is: 'open', readers: log.readers, ...stateOf(log) });
} catch (error) {
  channel.send({ is: 'refused', error: sentError(error) });
  channel.end();
}

type ToDo = Exclude<WriterRequest, { do: 'close' }>;

function open(): Promise<OwnLmdbLog> {
  const say = (level: 'info' | 'warn' | 'error') => (details: object, message: string) =>
    channel.send({ is: 'said', level, details, message });
  const logger: Logger = { info: say('info'), warn: say('warn'), error: say('error') };
  const conditions = {
    set: (part: string, reason: string | null) => channel.send({ is: 'condition', part, reason }),
  };
  const onLost = (error: LogError) => channel.send({ is: 'lost', error: sentError(error) });
  return openLmdbLog({ ...options, locked: lockedDescriptor, runtime: nodeRuntime, logger, conditions, onLost });
}

async function answer(request: WriterRequest, bytes: Buffer): Promise<void> {
  if (request.do === 'close') {
    over = true;
    await log?.close().catch(complain);
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

function stateOf({ ends, space }: OwnLmdbLog): WriterState {
  const { takes, reason, freeBytes, reserveBytes } = space;
  return { ends, space: { takes, reason, freeBytes, reserveBytes } };
}

/** The service has closed the log, or has ended. */
async function end(): Promise<void> {
  over = true;
  // A disk that does not answer, or a commit that does not end: as if it were killed.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), closeMs);
  await log?.abandon().catch(complain);
  process.exit(0);
}

function complain(error: Error): void {
  process.stderr.write(`holdfast: the log could not be closed as it should be: ${error.message}\n`);
}
