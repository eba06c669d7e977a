import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = new URL('../..', import.meta.url).pathname;

/**
 * The commands in the `sh` fences of a Markdown file, in order, as they stand there but for comments at the end of a
 * line.
 */
export function commandsOf(markdown: string): string[] {
  const fences = [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);
  return fences.flatMap((fence) => {
    const commands: string[] = [];
    let command = '';
    for (const line of fence.split('\n')) {
      command += command === '' ? line : `\n${line}`;
      if (command.trim() === '') command = '';
      else if (!line.endsWith('\\') && isWhole(command)) {
        commands.push(withoutComments(command));
        command = '';
      }
    }
    if (command !== '') throw new Error(`no whole command: ${command}`);
    return commands;
  });
}

function isWhole(command: string): boolean {
  try {
    execFileSync('bash', ['-n', '-c', command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Two spaces or more before the sign, as the files have them. */
function withoutComments(command: string): string {
  return command
    .split('\n')
    .map((line) => line.replace(/\s{2,}# .*$/, '').trimEnd())
    .join('\n')
    .trim();
}

/** A command as it is typed here: with what differs, and the sitting's own values for `{port}` and the like. */
export function typedFor(
  command: string,
  differences: readonly [from: string | RegExp, to: string, why: string][],
  own: Record<string, string>,
): string {
  let typed = command;
  for (const [from, to] of differences)
    typed = typed.replaceAll(from instanceof RegExp ? new RegExp(from, 'g') : from, to);
  return typed.replace(/\{(\w+)\}/g, (whole, name: string) => own[name] ?? whole);
}

/** A checkout of its own to work in: what is there is that of this one, and what is written stays in it. */
export function linkCheckout(at: string): void {
  const own = new Set(['.git', '.holdfast', '.turbo', 'data', 'data-kafka', 'dist']);
  for (const name of readdirSync(root)) if (!own.has(name)) symlinkSync(join(root, name), join(at, name));
}

/** One shell in which somebody types one command after the other. */
export class Sitting {
  #shell;
  #count = 0;

  constructor(
    private readonly directory: string,
    env: Record<string, string>,
  ) {
    this.#shell = spawn('bash', ['--norc'], {
      cwd: directory,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
  }

  /** What it printed, and its exit status. Rejects where it does not end. */
  async run(command: string, msMax = 50_000): Promise<{ said: string; code: number }> {
    const place = join(this.directory, `.sitting-${++this.#count}`);
    this.#shell.stdin.write(
      `{ ${command}\n} > ${place}.said 2>&1 < /dev/null; echo $? > ${place}.draft; mv ${place}.draft ${place}.code\n`,
    );
    for (const end = Date.now() + msMax; !existsSync(`${place}.code`); await sleep(20)) {
      if (Date.now() > end) throw new Error(`it does not end: ${command}\n${this.#said(place)}`);
    }
    return { said: this.#said(place), code: Number(readFileSync(`${place}.code`, 'utf8')) };
  }

  /** Begins a service, which goes on, and waits until it says so. */
  async begin(command: string, says: RegExp, msMax = 50_000): Promise<string> {
    const place = join(this.directory, `.sitting-${++this.#count}`);
    this.#shell.stdin.write(`( exec ${command} ) > ${place}.said 2>&1 < /dev/null & served=$!\n`);
    for (const end = Date.now() + msMax; !says.test(this.#said(place)); await sleep(50)) {
      if (Date.now() > end) throw new Error(`it does not say ${says}: ${command}\n${this.#said(place)}`);
    }
    return this.#said(place);
  }

  /** Ends the service that was begun last, as Ctrl-C does. */
  async stop(): Promise<void> {
    const { code } = await this.run('kill -INT $served && wait $served');
    if (code !== 0) throw new Error(`the service ended with ${code}`);
  }

  #said(place: string): string {
    return existsSync(`${place}.said`) ? readFileSync(`${place}.said`, 'utf8') : '';
  }

  /** Ends it with all that was begun in it. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#shell.once('close', resolve));
    this.#shell.stdin.end('kill $served 2> /dev/null; wait\n');
    await Promise.race([ended, sleep(20_000)]);
    try {
      process.kill(-this.#shell.pid!, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  }
}
