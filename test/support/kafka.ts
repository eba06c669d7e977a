import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../infra/processes.mjs';
import { ended } from './ended.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../infra/kafka.mjs', import.meta.url));

/** Timeout of a hook that starts Kafka: the first start ever downloads it. */
export const kafkaStartMsMax = 300_000;

/** Where a Kafka and its registry answer. */
export interface KafkaAddresses {
  /** `host:port`. */
  brokers: string;
  /** The same broker, for the user `holdfast` with the password `holdfast-local`. */
  saslBrokers: string;
  /** URL of the registry's Confluent API; null where it was not asked for. */
  registry: string | null;
}

/** A broker of one test, to be stopped and started. */
export interface KafkaServer extends KafkaAddresses {
  /** Goes on with the same data and ports. */
  start(): Promise<void>;
  /** With `kill`, as in a crash. */
  stop(options?: { kill?: boolean }): Promise<void>;
  /** Ends one of its processes as in a crash; `start` brings it back. */
  kill(name: 'kafka' | 'registry'): Promise<void>;
  /** Lets it hang: connections stay, nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  remove(): Promise<void>;
}

/** Why there is no Kafka to test with, or null. With HOLDFAST_REQUIRE_KAFKA=1 that is a failure instead. */
export function kafkaMissing(): string | null {
  if (works('java', ['-version']) && works('mvn', ['--version'])) return null;
  if (works('docker', ['info'])) return null;
  const why = 'no Java and Maven, and no Docker, to run Kafka with';
  if (process.env.HOLDFAST_REQUIRE_KAFKA === '1') throw new Error(why);
  return why;
}

/**
 * The broker and registry that all test files of a run share: the first to ask starts them, and they end with the run.
 * Use topics of your own.
 */
export async function sharedKafka(): Promise<KafkaAddresses> {
  // Test files run in processes of their own, children of the run's.
  const directory = join(tmpdir(), `holdfast-kafka-${process.ppid}`);
  return await exclusively(`${directory}.lock`, () =>
    start(directory, ['--port', '0', '--sasl-port', '0', '--registry-port', '0', '--until', String(process.ppid)]),
  );
}

/** A broker, without registry unless asked, for tests that stop it, or that give it an environment. */
export function startKafka({ registry = false, env = {} } = {}): Promise<KafkaServer> {
  return startServer(['--sasl-port', '0', ...(registry ? ['--registry-port', '0'] : ['--no-registry'])], env);
}

/** Several brokers of one cluster, each a controller too, for tests that stop some of them. The first has id 1. */
export async function startKafkaCluster(count = 3): Promise<KafkaServer[]> {
  const ports = await Promise.all(Array.from({ length: count }, () => freePort(0)));
  const voters = ports.map((port, i) => `${i + 1}@127.0.0.1:${port}`).join(',');
  const options = ports.map((_, i) => ['--no-registry', '--node', String(i + 1), '--voters', voters]);
  // At once: none serves before most are there.
  return Promise.all(options.map((own) => startServer(own)));
}

async function startServer(own: string[], env: Record<string, string> = {}): Promise<KafkaServer> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-kafka-own-'));
  const options = ['--port', '0', '--until', String(process.ppid), ...own];
  const stop = async ({ kill = false } = {}) => {
    await run(process.execPath, [program, 'stop', '--keep', '--dir', directory, ...(kill ? ['--kill'] : [])]);
  };
  const signal = async (name: NodeJS.Signals, to = 'kafka') => {
    const pid = Number(await readFile(join(directory, `${to}.pid`), 'utf8'));
    process.kill(pid, name);
    return pid;
  };
  return {
    ...(await start(directory, options, env)),
    start: async () => void (await start(directory, options, env)),
    stop,
    async kill(name) {
      await ended(await signal('SIGKILL', name));
    },
    pause: async () => void (await signal('SIGSTOP')),
    resume: async () => void (await signal('SIGCONT')),
    async remove() {
      await stop({ kill: true });
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function start(directory: string, options: string[], env: Record<string, string> = {}): Promise<KafkaAddresses> {
  const { stdout } = await run(process.execPath, [program, 'start', '--json', '--dir', directory, ...options], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout);
}

/** One process at a time: a directory can be made once. */
async function exclusively<T>(lock: string, work: () => Promise<T>): Promise<T> {
  while (!made(lock)) await sleep(100);
  try {
    return await work();
  } finally {
    rmdirSync(lock);
  }
}

function made(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

function works(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
