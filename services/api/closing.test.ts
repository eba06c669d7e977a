import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { fakeApi } from '../../test/support/fake-api.js';

test('a request that comes on an open connection while the api stops is answered as any other', async () => {
  const { app, gateway } = await fakeApi();
  await app.listen({ port: 0, host: '127.0.0.1' });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  const submit = gateway.submit.bind(gateway);
  let decide = () => {};
  const decided = new Promise<void>((resolve) => {
    decide = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    gateway.submit = async (submission) => {
      resolve();
      await decided;
      return submit(submission);
    };
  });
  let answers = '';
  socket.on('data', (chunk) => {
    answers += chunk.toString();
  });
  const request =
    'POST /hsm/v2/locks/lock HTTP/1.1\r\nHost: localhost\r\nContent-Length: 33\r\n\r\n{"ComponentIDs":["x0c0s0b0n0"]}  ';
  socket.write(request);
  await begun;
  const closed = app.close();
  await once(app.server, 'close', { signal: AbortSignal.timeout(50) }).catch(() => {});
  const second = once(app.server, 'request');
  socket.write(request);
  await second;
  decide();
  await Promise.all([closed, once(socket, 'close')]);
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 400']);
});

test('a connection on which nothing was ever asked, such as a browser opens ahead, does not hold up a stop', async () => {
  const { app } = await fakeApi();
  await app.listen({ port: 0, host: '127.0.0.1' });
  const taken = once(app.server, 'connection');
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  await taken;
  await Promise.all([app.close(), once(socket, 'close')]);
});
