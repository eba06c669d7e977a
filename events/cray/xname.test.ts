import { expect, test } from 'vitest';
import { hmsTypes, parseXname, xnameOrder } from './xname.js';

test.each([
  ['x0c0s0b0n0', 'x0c0s0b0n0', 'Node'],
  ['X0000C0S6B0N0', 'x0c0s6b0n0', 'Node'],
  ['x1000c7s03b1', 'x1000c7s3b1', 'NodeBMC'],
  ['x3000c0r15b0', 'x3000c0r15b0', 'RouterBMC'],
  ['p9999.0096', 'p9999.96', 'Partition'],
  ['s0', 's0', 'System'],
  ['x3000m0p1j12', 'x3000m0p1j12', 'CabinetPDUOutlet'],
])('%s is %s, a %s', (text, xname, type) => {
  expect(parseXname(text)).toEqual({ xname, type });
});

test.each([
  '',
  'foo',
  'x',
  'x1c',
  '!x0c0s0b0n0',
  'x0c0s0b0n0n0',
  'x-1c0',
  'x0c0 s0',
  '__proto__',
  `x${'0'.repeat(100)}`,
])('%j is no xname', (text) => {
  expect(parseXname(text)).toBeNull();
});

test('xnames are ordered by place', () => {
  const inOrder = ['x2c0', 'x10c0', 'x10c0s2b0', 'x10c0s2b0n0', 'x10c0s2b0n1', 'x10c0s10b0', 'x1000c0'];
  const byPlace = (a: string, b: string) => (xnameOrder(a) < xnameOrder(b) ? -1 : 1);
  expect([...inOrder].reverse().sort(byPlace)).toEqual(inOrder);
});

test('types are named once', () => {
  expect(new Set(hmsTypes).size).toBe(hmsTypes.length);
});
