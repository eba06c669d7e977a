import { type AddressInfo, createServer } from 'node:net';
import { nodeRuntime, silentLogger } from '@holdfast/log';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../infra/processes.mjs';
import { listening, portProblem } from './port.js';
import { memorySettings, startService } from './service.js';

const host = '127.0.0.1';

test('where another program came between the look and the listening, both say the same', async () => {
  const other = createServer().listen(0, host);
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const place = { host, port: (other.address() as AddressInfo).port };
  const listen = () =>
    new Promise((resolve, reject) => {
      createServer()
        .once('error', reject)
        .listen(place, () => resolve(null));
    });
  await expect(listening(place, listen)).rejects.toThrow((await portProblem(place))!);
  const fault = new Error('a fault of ours');
  await expect(listening(place, () => Promise.reject(fault))).rejects.toBe(fault);
});

test('of two starts at once on one port one serves, and the other says so', async () => {
  const port = await freePort(0);
  const start = () => startService({ ...memorySettings, host, port }, silentLogger, nodeRuntime);
  const first = start();
  // It has looked once this look finds nothing there.
  while ((await portProblem({ host, port })) !== null);
  const starts = await Promise.allSettled([first, start()]);
  for (const one of starts) {
    if (one.status === 'rejected') continue;
    await one.value.ready;
    await one.value.close();
  }
  const refused = starts.flatMap((one) => (one.status === 'rejected' ? [one.reason.message] : []));
  expect(refused).toEqual([expect.stringMatching(new RegExp(`port ${port} of ${host} is in use.*another --port`))]);
});
