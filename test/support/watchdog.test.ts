import { execFile } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const watchdog = pathToFileURL(fileURLToPath(new URL('./watchdog.mjs', import.meta.url)));

/** How a program ends that is watched, and what it says. */
function run(program: string, ageMsMax = 60_000) {
  const source = `import { endWhereStuck } from '${watchdog}'; endWhereStuck(2_000, ${ageMsMax}); ${program}`;
  return new Promise<{ signal: string | null; said: string }>((resolve) => {
    const child = execFile(process.execPath, ['--input-type=module', '-e', source], (_error, _stdout, said) =>
      resolve({ signal: child.signalCode, said }),
    );
  });
}

test.each([
  ['a loop', 'function spin() { for (;;) Math.random(); } spin();'],
  ['promises that follow each other', 'async function spin() { await null; } for (;;) await spin();'],
])('%s without a turn of the event loop ends its process, and is named', async (_, program) => {
  const { signal, said } = await run(program);
  expect(signal).toBe('SIGKILL');
  expect(said).toMatch(/without a turn of the event loop for [23] s.*\n.*spin/s);
});

test('a call that is not JavaScript ends its process', async () => {
  const { signal, said } = await run(
    "import { execFileSync } from 'node:child_process'; execFileSync('sleep', ['15']);",
  );
  expect([signal, said]).toEqual(['SIGKILL', expect.stringContaining('not JavaScript')]);
});

test('so does a process that lives on for too long', async () => {
  const { signal, said } = await run('setInterval(() => {}, 100);', 3_000);
  expect([signal, said]).toEqual(['SIGKILL', expect.stringContaining('after 3 s')]);
});

test('a process that is done ends by itself', async () => {
  expect(await run('setTimeout(() => {}, 2_500);')).toEqual({ signal: null, said: '' });
});
