import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Service } from '@holdfast/cli/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdfast } from '../support/cli.js';
import { call, hsm, loadNodes, scratch, serviceFor, xnames } from '../support/service.js';

/* Fencing tokens as an operator and a script see them, on a whole service. */

const many = xnames(200);
const [a = '', b = ''] = many;
let service: Service;

beforeAll(async () => {
  service = await serviceFor();
  await loadNodes(service.url, many);
}, 60_000);
afterAll(() => service?.close());

const run = (...args: string[]) => holdfast([...args, '--server', service.url]);

/** The JSON that a command prints. */
async function shown(...args: string[]) {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

async function tokenOf(id: string): Promise<number> {
  return (await hsm(service.url, '/locks/status', { ComponentIDs: [id] })).body.Components[0].FencingToken;
}

test('the command shows the token of a hold, in tables and as JSON, and a renewal keeps it', async () => {
  await run('lock', a);
  const ofLock = await tokenOf(a);
  expect((await shown('status', a)).Components[0].FencingToken).toBe(ofLock);
  const made = await shown('reserve', a, '--minutes', '5');
  const [{ ReservationKey, DeputyKey, FencingToken }] = made.Success;
  expect(FencingToken).toBeGreaterThan(ofLock);
  expect((await shown('renew', `${a}=${ReservationKey}`)).Success).toEqual({
    ComponentIDs: [a],
    FencingToken: [FencingToken],
  });
  expect((await shown('check', `${a}=${DeputyKey}`)).Success[0].FencingToken).toBe(FencingToken);
  const [holder] = await shown('holders');
  expect(holder).toMatchObject({ ID: a, Lock: { FencingToken: ofLock }, Reservation: { FencingToken } });
  const tables = [['status', a], ['renew', `${a}=${ReservationKey}`], ['check', `${a}=${DeputyKey}`], ['holders']];
  for (const args of tables) {
    const { stdout } = await run(...args);
    expect(stdout, args[0]).toMatch(new RegExp(`TOKEN[^]*\\b${FencingToken}\\b`));
  }
}, 120_000);

test('a reservation that is stuck is ended by its id, and the next one is not', async () => {
  await run('lock', b);
  await run('reserve', b);
  const idOf = async () => {
    const holders = (await shown('holders')) as { ID: string; Reservation: { ReservationID: string } }[];
    return holders.find(({ ID }) => ID === b)!.Reservation.ReservationID;
  };
  const stuck = await idOf();
  expect((await run('history', b)).stdout).toContain(stuck);
  expect((await shown('remove', '--reservation', stuck)).Success.ComponentIDs).toEqual([b]);
  await run('reserve', b);
  expect((await run('remove', b, '--reservation', stuck)).code).toBe(1);
  expect((await run('remove', '--reservation', stuck)).code).toBe(1);
  expect((await run('remove', '--fleet', '--reservation', stuck)).code).toBe(2);
  expect((await run('remove', b, '--reservation', 'x')).code).toBe(2);
  expect(await idOf()).not.toBe(stuck);
}, 120_000);

test('an answer that is given again is said to be one, and has the token of then', async () => {
  const again = ['reserve', b, '--minutes', '5', '--idempotency-key', randomUUID()];
  await run('remove', b);
  const first = await run(...again, '--json');
  expect([first.code, first.stderr]).toEqual([0, '']);
  await run('remove', b);
  await run('reserve', b);
  const second = await run(...again, '--json');
  expect([second.stdout, second.stderr]).toEqual([first.stdout, expect.stringContaining('given before')]);
  expect(JSON.parse(second.stdout).Success[0].FencingToken).toBeLessThan(await tokenOf(b));
}, 120_000);

test('the command shows all tokens of any number of components, whatever the header has room for', async () => {
  const ids = many.slice(2);
  await hsm(service.url, '/locks/lock', { ComponentIDs: ids });
  const tokens = async () => {
    const { body } = await call(service.url, 'POST', '/hsm/v2/locks/status', { ComponentIDs: ids });
    return body.Components.map((one: { ID: string; FencingToken: number }) => [one.ID, one.FencingToken]);
  };
  const pairs = (entries: { ID: string; FencingToken?: number }[]) => entries.map((one) => [one.ID, one.FencingToken]);
  expect(pairs((await shown('status', ...ids)).Components)).toEqual(await tokens());
  const { directory, remove } = await scratch();
  try {
    const keys = ['--keys-file', join(directory, 'keys')];
    const { stdout, stderr } = await run('reserve', ...ids, '--minutes', '5', ...keys);
    expect([stdout, stderr]).toEqual([expect.stringMatching(/TOKEN\n.*[1-9]\d*\n/), '']);
    const held = await tokens();
    expect(pairs((await shown('status', '--reserved', ...ids)).Components)).toEqual(held);
    expect(pairs((await shown('check', ...keys)).Success)).toEqual(held);
    const { ComponentIDs, FencingToken } = (await shown('renew', ...keys)).Success;
    expect(ComponentIDs.map((id: string, n: number) => [id, FencingToken[n]])).toEqual(held);
    for (const args of [
      ['status', '--reserved'],
      ['check', ...keys],
      ['renew', ...keys],
    ]) {
      const { stdout, stderr } = await run(...args, '--all');
      expect([stdout, stderr]).toEqual([expect.stringContaining('TOKEN'), '']);
      for (const [id, token] of held) expect(stdout).toMatch(new RegExp(`${id} .*\\b${token}\\b`));
    }
  } finally {
    await remove();
  }
  const holders = (await shown('holders')) as { Lock: { FencingToken: number } }[];
  expect(holders).toHaveLength(many.length);
  expect(holders.every(({ Lock }) => Number.isInteger(Lock.FencingToken))).toBe(true);
}, 120_000);

test('behind a gateway that has no route for the HSM dialect, what was done is shown, and that its tokens are not', async () => {
  const ids = many.slice(2);
  await run('remove', ...ids);
  const gateway = createServer(async (request, response) => {
    if (!request.url!.startsWith('/v1/')) return response.writeHead(404).end();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { host: _, 'content-length': __, ...headers } = request.headers as Record<string, string>;
    const answer = await fetch(`${service.url}${request.url}`, {
      method: 'POST',
      headers,
      body: Buffer.concat(chunks),
    });
    const omitted = 'holdfast-fencing-token-omitted';
    response.writeHead(answer.status, { [omitted]: answer.headers.get(omitted) ?? '' }).end(await answer.text());
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = gateway.address() as AddressInfo;
    const { code, stdout, stderr } = await holdfast([
      'reserve',
      ...ids,
      '--json',
      '--server',
      `http://127.0.0.1:${port}`,
    ]);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/tokens are not shown .*holders.*check: 404/)]);
    const { Success } = JSON.parse(stdout);
    expect([Success.length, typeof Success[0].ReservationKey, Success[0].FencingToken]).toEqual([
      198,
      'string',
      undefined,
    ]);
  } finally {
    gateway.close();
  }
}, 120_000);
