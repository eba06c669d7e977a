import type { CrayCommand, Criterion, CriterionField } from '@holdfast/events/cray/messages';
import { atOnce } from '@holdfast/events/steps';
import { describe, expect, test } from 'vitest';
import { collection, decider, given, noon, put, reserved, when } from './scenario.js';
import { select } from './selection.js';

const [A, B, C, D] = ['x0c0s0b0n0', 'x0c0s2b0n0', 'x0c0s10b0n0', 'x0c0s0b0'] as const;
const state = given(
  put(C, { role: 'Management', subRole: 'Worker', nid: 30, state: 'Off', arch: 'ARM', enabled: false }),
  put(B, { role: 'Management', subRole: 'Master', nid: 20, class: 'Mountain', softwareStatus: 'AdminDown' }),
  put(A, { nid: 10, flag: 'Warning', subtype: 'Sub' }),
  put(D, { type: 'NodeBMC', role: '' }),
  { type: 'cray.ComponentLocked', xname: A },
  { type: 'cray.ReservationsDisabled', xname: B },
  reserved(C),
  collection('group', 'grp1', A, B, 'x7c0s0b0n0'),
  collection('group', 'grp2', C),
  collection('partition', 'p1', B, C),
);

const found = (...criteria: Criterion[]) => atOnce(select(state, { ids: [], criteria })).map(({ xname }) => xname);
const by = (field: CriterionField, ...values: string[]): Criterion => ({ field, values });

test('neither ids nor criteria select every component, in xname order: slot 2 before slot 10', () => {
  expect(found()).toEqual([D, A, B, C]);
});

const examples: Record<CriterionField, [values: string[], xnames: string[]]> = {
  ComponentIDs: [
    [`!${A}`, `!${D}`],
    [B, C],
  ],
  NID: [
    ['10', '30'],
    [A, C],
  ],
  Type: [['nodebmc'], [D]],
  State: [['off'], [C]],
  Flag: [['warning'], [A]],
  Enabled: [['false'], [C]],
  SoftwareStatus: [['admindown'], [B]],
  Role: [['management'], [B, C]],
  SubRole: [['worker'], [C]],
  Subtype: [['sub'], [A]],
  Arch: [['arm'], [C]],
  Class: [['mountain'], [B]],
  Group: [['grp1'], [A, B]],
  Partition: [['p1'], [B, C]],
  Locked: [['true'], [A]],
  Reserved: [['true'], [C]],
  ReservationDisabled: [['true'], [B]],
};

test.each(Object.entries(examples) as [CriterionField, (typeof examples)['NID']][])(
  '%s selects by its value, and its negation the rest',
  (field, [values, xnames]) => {
    expect(found(by(field, ...values))).toEqual(xnames);
    const opposite = values.map((value) => (value.startsWith('!') ? value.slice(1) : `!${value}`));
    expect(found(by(field, ...opposite))).toEqual([D, A, B, C].filter((xname) => !xnames.includes(xname)));
  },
);

test('values of one criterion are ORed, criteria are ANDed', () => {
  expect(found(by('SubRole', 'worker', 'master'))).toEqual([B, C]);
  expect(found(by('Group', 'grp1'), by('Partition', 'p1'))).toEqual([B]);
  expect(found(by('Group', 'grp1', 'grp2'))).toEqual([A, B, C]);
});

test('a negated value beside others takes away from what they select', () => {
  expect(found(by('Group', 'grp1', '!grp2'))).toEqual([A, B]);
  expect(found(by('Role', 'management', '!management'))).toEqual([]);
  expect(found(by('Role', '!management', '!compute'))).toEqual([D]);
});

test('an unknown group has no members', () => {
  expect(found(by('Group', 'nosuch'))).toEqual([]);
  expect(found(by('Group', '!nosuch'))).toEqual([D, A, B, C]);
});

test('a component without a NID matches no number', () => {
  expect(found(by('NID', '!10', '!20', '!30'))).toEqual([D]);
});

test('with ids the request gives the order, criteria leave out what they do not match, and unknown ids stay', () => {
  const targets = atOnce(select(state, { ids: [C, 'x9c0s0b0n0', A, B], criteria: [by('Role', 'management')] }));
  expect(targets.map(({ xname, found }) => [xname, found !== null])).toEqual([
    [C, true],
    ['x9c0s0b0n0', false],
    [B, true],
  ]);
});

const commands = [
  { type: 'cray.LockRequested' },
  { type: 'cray.UnlockRequested' },
  { type: 'cray.DisableRequested' },
  { type: 'cray.RepairRequested' },
  { type: 'cray.RemovalRequested', reservationId: null },
  { type: 'cray.RemovalRequested', reservationId: 'earlier.1' },
  { type: 'cray.ReservationRequested', kind: 'admin', durationMs: null, requires: 'locked' },
  { type: 'cray.ReservationRequested', kind: 'service', durationMs: 60_000, requires: 'unlocked' },
] as const;

describe.each(commands)('$type', (command) => {
  test.each([
    ['Group', 'NoGroup', 'grp1'],
    ['Partition', 'NoPartition', 'p1'],
  ] as const)('changes nothing where a %s to leave out is not there, from level 4 on', (field, reason, there) => {
    const asking = (rigid: boolean, ids: string[], ...values: string[]): CrayCommand => {
      const selection = { ids, criteria: [by('Role', '!service'), by(field, ...values)] };
      return { ...command, rigid, selection };
    };
    for (const rigid of [true, false]) {
      for (const ids of [[], [A]]) {
        for (const values of [['!nosuch'], [there, '!nosuch'], [`!${there}`, '!nosuch']]) {
          const context = { now: noon, commandId: 'c', commandPosition: 7, level: 3 };
          const asked = asking(rigid, ids, ...values);
          expect(when(state, asked)).toEqual({
            events: [{ type: 'cray.RequestRefused', xname: 'nosuch', reason }],
            status: 'refused',
            total: 1,
            reason,
          });
          // As it was decided before, and still is in a log that has not got that level.
          expect(decider.decide(asked, state, context).reason).not.toBe(reason);
        }
      }
      expect(when(state, asking(rigid, [], `!${there}`)).reason).not.toBe(reason);
      expect(when(state, asking(rigid, [], 'nosuch')).reason).toBe('NotFound');
    }
  });
});
