import { createDecider, stateOf } from '@holdfast/core';
import type { CrayState } from '@holdfast/core/cray/state';
import { givensToFold, localCodec, shardSecret } from '@holdfast/events';
import { MemoryLog } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { expect, test } from 'vitest';
import { generateLog, VirtualClock } from '../../../test/support/generated-log.js';
import { folded } from '../log-tools/fold.js';
import { logSource } from '../log-tools/source.js';
import { verifyLog } from '../log-tools/verify.js';
import { LogWalk } from '../log-tools/walk.js';
import type { ModuleRows } from '../view.js';
import { componentRows } from './rows.js';

const codec = localCodec();
const secret = shardSecret(Buffer.alloc(32, 1));

async function generated(): Promise<MemoryLog> {
  const clock = new VirtualClock();
  const log = new MemoryLog({ shard: shardName, runtime: clock });
  await generateLog({ log, clock, secret, events: 3_000, components: 60, seed: 1 });
  return log;
}

async function verified(log: MemoryLog, rows: ModuleRows) {
  return verifyLog({ source: await logSource(log), codec, seals: [], rows: [rows], secret, onProgress: () => {} });
}

/** The last moment at which something is reserved and something locked, and what was there then. */
async function lastHeld(
  log: MemoryLog,
): Promise<{ read: number; components: ReturnType<CrayState['components']['values']> }> {
  const decider = createDecider(givensToFold());
  let state = decider.initial;
  let found: Awaited<ReturnType<typeof lastHeld>> | null = null;
  for await (const group of new LogWalk(await logSource(log), codec).groups()) {
    state = folded(decider, state, group);
    const components = stateOf(state, 'cray').components.values();
    const held = components.some(({ reservation }) => reservation !== null) && components.some(({ locked }) => locked);
    if (held) found = { read: group.end, components };
  }
  return found!;
}

test('a row of the read model that the log does not give', async () => {
  const log = await generated();
  const { read, components } = await lastHeld(log);
  const rows = new Map(
    components.map(({ xname, locked, lockToken, disabled, reservation: held }) => {
      const expiresAt = held?.kind === 'service' ? (held.lease?.expiresAt ?? null) : null;
      const { reservationId = '', kind = 'admin', token = 0 } = held ?? {};
      const reservation = held && { reservationId, kind, createdAt: 0, expiresAt, token };
      return [xname, { xname, locked, lockToken, disabled, reservation }] as const;
    }),
  );
  expect((await verified(log, componentRows(read, rows))).rows).toBe(rows.size);
  const [xname, row] = [...rows][3]!;
  const [held, reserved] = [...rows].find(([, { reservation }]) => reservation !== null)!;
  const [locked, isLocked] = [...rows].find(([, { lockToken }]) => lockToken !== null)!;
  const changed: [string, typeof row][] = [
    [xname, { ...row, locked: !row.locked }],
    [held, { ...reserved, reservation: { ...reserved.reservation!, token: reserved.reservation!.token + 1 } }],
    [locked, { ...isLocked, lockToken: isLocked.lockToken! + 1 }],
  ];
  for (const [subject, other] of changed) {
    const tampered = componentRows(read, new Map(rows).set(subject, other));
    await expect(verified(log, tampered)).rejects.toMatchObject({ difference: { where: 'read model', subject } });
  }
});
