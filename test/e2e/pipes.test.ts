import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServedProcess, scratch } from '../support/service.js';

let served: ServedProcess;
let data: Awaited<ReturnType<typeof scratch>>;

beforeAll(async () => {
  data = await scratch();
  served = await new ServedProcess(['--data', 'memory']).ready();
}, 120_000);
afterAll(async () => {
  await served.kill();
  await data.remove();
});

/** Runs a command whose reader is gone before it prints, or whose output has no room. */
function cut(args: string, into = '| true'): Promise<{ code: string; stderr: string }> {
  const command = `(node services/cli/bin/holdfast.cjs ${args}; echo "ended $?" >&2) ${into}`;
  const env = { ...process.env, HOLDFAST_SERVER: served.url };
  return new Promise((resolve) =>
    execFile('sh', ['-c', command], { env }, (_, _stdout, stderr) =>
      resolve({ code: /ended (\d+)/.exec(stderr)?.[1] ?? '', stderr: stderr.replace(/ended \d+\n/, '') }),
    ),
  );
}

test.each([
  ['import docs/examples/fleet.json', '0'],
  ['status --all', '0'],
  ['status --all --json', '0'],
  ['lock x0c0s0b0n0', '0'],
  ['lock x0c0s0b0n0 --json', '1'],
  ['reserve x0c0s0b0n0', '0'],
  ['history x0c0s0b0n0', '0'],
  ['holders', '0'],
  ['at 3', '0'],
  ['level', '0'],
  ['tail --no-follow --from 1', '0'],
  ['tail --from 1', '0'],
  ['--help', '0'],
])(
  'holdfast %s | true ends quietly, with %s',
  async (args, code) => {
    expect(await cut(args)).toEqual({ code, stderr: '' });
  },
  60_000,
);

test('what has no room where it is printed is told, and is no success', async () => {
  const { code, stderr } = await cut('status --all', '> /dev/full');
  expect([code, stderr]).toEqual(['3', expect.stringContaining('what is printed cannot be written')]);
}, 60_000);

const sequence = async () =>
  Number((await fetch(`${served.url}/audit/events`, { method: 'HEAD' })).headers.get('holdfast-sequence'));

test('a tail whose reader leaves ends, though nothing more happens', async () => {
  const last = await sequence();
  expect(last).toBeGreaterThan(0);
  // What it prints comes at once, and its reader takes one line of it.
  expect(await cut(`tail --ticks --from ${last}`, '| head -n 1')).toEqual({ code: '0', stderr: '' });
  expect(await sequence()).toBe(last);
}, 120_000);

test.each(['SIGHUP', 'SIGINT', 'SIGTERM'] as const)(
  'a tail ends quietly at %s, and so does what watches its reader',
  async (signal) => {
    const child = spawn(process.execPath, ['services/cli/bin/holdfast.cjs', 'tail', '--ticks', '--from', '1'], {
      env: { ...process.env, HOLDFAST_SERVER: served.url },
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await once(child.stdout, 'data');
    child.kill(signal);
    // Not `exit`: whoever reads it must see an end, too.
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(said).toBe('');
  },
  60_000,
);
