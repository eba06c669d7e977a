import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memorySettings, type Service, type ServiceSettings, startService } from '@holdfast/cli/service';
import type { Runtime } from '@holdfast/log';
import { nodeRuntime, silentLogger } from '@holdfast/log';

const root = new URL('../..', import.meta.url).pathname;

/** A service in this process, ready. */
export async function serviceFor(
  changes: Partial<ServiceSettings> = {},
  runtime: Runtime = nodeRuntime,
): Promise<Service> {
  const service = await startService({ ...memorySettings, ...changes }, silentLogger, runtime);
  await service.ready;
  return service;
}

/** A new directory, and how to be rid of it. */
export async function scratch(): Promise<{ directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-'));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/**
 * With these a service starts as by `npm start`, which is as docs/operations.md says for large fleets; `preload` is
 * loaded before.
 */
export function startVariables(preload: string): Record<string, string> {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
  const [, variables, options] = /&& exec env (.*) node (.*) services/.exec(scripts.start)!;
  const given = variables!.split(' ').map((each) => each.split('='));
  return { ...Object.fromEntries(given), NODE_OPTIONS: `${options} --import ${preload}` };
}

/** The service as an operator runs it: a process of its own, built before. */
export class ServedProcess {
  output = '';
  url = '';
  readonly exited: Promise<number | null>;
  /** The signal that ended it, once it has. */
  endedBy: NodeJS.Signals | null = null;
  #child: ChildProcess;

  /** `enter` makes it a command in a namespace: see namespaces.ts. */
  constructor(args: string[], env: Record<string, string> = {}, enter = (command: string[]) => command) {
    const command = [process.execPath, join(root, 'services/cli/bin/holdfast.cjs'), 'serve', '--port', '0', ...args];
    const [program, ...rest] = enter(command);
    this.#child = spawn(program!, rest, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    // Not `exit`: what it printed last may come after that.
    this.exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.endedBy = signal;
        resolve(code);
      });
    });
  }

  /** Resolves once it says that it is serving; rejects with what it printed if it ends first. */
  ready(): Promise<this> {
    return new Promise((resolve, reject) => {
      const listen = (chunk: Buffer) => {
        this.output += chunk.toString();
        const url = /serving at (\S+)/.exec(this.output)?.[1];
        if (url === undefined) return;
        this.url = url;
        resolve(this);
      };
      this.#child.stdout!.on('data', listen);
      this.#child.stderr!.on('data', listen);
      void this.exited.then(() => reject(new Error(`it ended: ${this.output}`)));
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal that ends it, and waits for its end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.send(signal);
    await this.exited;
  }
}

export interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what a client would.
  body: any;
  headers: Headers;
}

/** Calls a service as a client of the hsm dialect does. */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  let parsed: unknown = text;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Not JSON, as it is.
  }
  return { status: response.status, body: parsed, headers: response.headers };
}

export const hsm = (url: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  call(url, 'POST', `/hsm/v2${path}`, body, headers);

/** Node xnames of a fleet of `count`. */
export function xnames(count: number): string[] {
  return Array.from(
    { length: count },
    (_, n) => `x${1_000 + Math.floor(n / 512)}c${Math.floor(n / 64) % 8}s${n % 64}b0n0`,
  );
}

/** Loads nodes into the inventory. */
export async function loadNodes(
  url: string,
  ids: string[],
  role = 'Compute',
  headers: Record<string, string> = {},
): Promise<void> {
  for (let from = 0; from < ids.length; from += 10_000) {
    const Components = ids.slice(from, from + 10_000).map((ID, n) => ({
      ID,
      Type: 'Node',
      State: 'Ready',
      Flag: 'OK',
      Enabled: true,
      Role: role,
      NID: from + n + 1,
      NetType: 'Sling',
      Arch: 'X86',
      Class: 'River',
    }));
    const { status, body } = await hsm(url, '/State/Components', { Components }, headers);
    if (status >= 300) throw new Error(`loading the inventory: ${status} ${JSON.stringify(body)}`);
  }
}

/** A service of one backend, ready, and how to be rid of it. */
export async function serviceOn(
  backend: { prepare(): Promise<{ settings: Partial<ServiceSettings>; remove(): Promise<void> }> },
  runtime: Runtime = nodeRuntime,
): Promise<{ url: string; close(): Promise<void> }> {
  const { settings, remove } = await backend.prepare();
  const service = await serviceFor(settings, runtime);
  const close = async () => {
    await service.close();
    await remove();
  };
  return { url: service.url, close };
}
