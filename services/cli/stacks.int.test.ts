import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { holdfast } from '../../test/support/cli.js';

const built = pathToFileURL(new URL('../log/dist/limits.js', import.meta.url).pathname).href;
/** Once the service is being started: what is built throws, and its stack is all that is wanted. */
const throwing = `setTimeout(async () => {
  const { requireFits } = await import('${built}');
  try {
    requireFits('events', [{ key: 'x0', value: new Uint8Array(9) }], 1);
  } catch ({ stack }) {
    console.log(stack);
    process.exit();
  }
}, 50);`;

test('stacks of a service name lines of the sources', async () => {
  const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(throwing)}`;
  const { stdout } = await holdfast(['serve', '--data', 'memory', '--port', '0'], { NODE_OPTIONS });
  expect(stdout).toMatch(
    /^LogError: a record of events has over 1 bytes\n +at requireFits .*\/services\/log\/limits\.ts:\d+/,
  );
});
