import { randomUUID } from 'node:crypto';
import type { Service } from '@holdfast/cli/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdfast } from '../support/cli.js';
import { call, hsm, loadNodes, serviceFor, xnames } from '../support/service.js';

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

test('where there is no room for all tokens none is shown, and that is said; the holders have them', async () => {
  await hsm(service.url, '/locks/lock', { ComponentIDs: many.slice(2) });
  const { stdout, stderr } = await run('status', '--locked');
  expect(stdout).not.toContain('TOKEN');
  expect(stderr).toMatch(/too much is held .* holders/);
  const holders = (await shown('holders')) as { Lock: { FencingToken: number } }[];
  expect(holders).toHaveLength(many.length);
  expect(holders.every(({ Lock }) => Number.isInteger(Lock.FencingToken))).toBe(true);
  const { body } = await call(service.url, 'POST', '/hsm/v2/locks/status', { ComponentIDs: many });
  expect(body.Components.every(({ FencingToken }: { FencingToken?: number }) => FencingToken! > 0)).toBe(true);
}, 120_000);
