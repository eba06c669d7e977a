import { readFileSync } from 'node:fs';

const lookMs = 1_000;

/**
 * Tells once when the npm that started this process has gone: it passes on SIGINT and SIGTERM alone, so what else ends
 * it would leave a service that is nobody's child. Only where npm runs the script this is in, by itself or through the
 * `sh -c` that it starts; where that shell ends first, its script left this in the background on purpose. On Linux,
 * where it can be seen who the parent is. The result ends it.
 */
export function watchNpm(
  gone: (npm: number) => void,
  { env, ppid = () => process.ppid }: { env: NodeJS.ProcessEnv; ppid?: () => number } = { env: process.env },
): () => void {
  if (env.npm_lifecycle_event === undefined) return () => {};
  const parent = ppid();
  const shell = isShell(parent);
  const npm = shell ? parentOf(parent) : parent;
  if (npm === null || !isNpm(npm) || sessionOf(npm) !== sessionOf(process.pid)) return () => {};
  const timer = setInterval(() => {
    const left = ppid() !== parent;
    if (!left && (!shell || parentOf(parent) === npm)) return;
    clearInterval(timer);
    if (!shell || !left) gone(npm);
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** As npm begins a script: `sh -c SCRIPT`. */
function isShell(pid: number): boolean {
  const [, option] = commandOf(pid);
  return option === '-c';
}

/** By its title (`npm start`), or what Node runs (`.../npm-cli.js`). */
function isNpm(pid: number): boolean {
  return commandOf(pid)
    .slice(0, 2)
    .some((word) => /(^|\/)(npm|npx|pnpm|yarn)([ .-]|$)/.test(word));
}

function commandOf(pid: number): string[] {
  return read(pid, 'cmdline').split('\0');
}

function parentOf(pid: number): number | null {
  return statusOf(pid)[1] ?? null;
}

function sessionOf(pid: number): number | null {
  return statusOf(pid)[3] ?? null;
}

/** State, parent, group, session: what follows the name, which may have any characters, in proc(5)'s `stat`. */
function statusOf(pid: number): number[] {
  const text = read(pid, 'stat');
  return text === ''
    ? []
    : text
        .slice(text.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
}

/** Empty where there is none. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
