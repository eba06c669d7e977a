import fc from 'fast-check';
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
  ['x00001c0', 'x1c0', 'Chassis'],
  ['x1c0s3j2', 'x1c0s3j2', 'NodePowerConnector'],
  ['x1c0s3v2', 'x1c0s3v2', 'NodePowerConnector'],
  ['x1c0r3j11p2', 'x1c0r3j11p2', 'HSNConnectorPort'],
  [' sms1 ', 'sms1', 'SMSBox'],
  ['ALL_COMP', 'all_comp', 'AllComp'],
])('%s is %s, a %s', (text, xname, type) => {
  expect(parseXname(text)).toEqual({ xname, type });
});

const noXnames = ['', 'foo', 'x', 'x1c', '!x0c0s0b0n0', 'x0c0s0b0n0n0', 'x-1c0', 'x0c0 s0', '__proto__', 'all_'];
const outOfRange = [
  'x10000',
  'x0c8',
  'x0c0b1',
  'x0c0w0',
  'x0c0s0b0n0p4',
  'x0c0r0v3',
  'x0m4',
  's1',
  'p1x2',
  'x0c0s1000000',
];

test.each([...noXnames, ...outOfRange, `x${'0'.repeat(100)}`])('%j is no xname', (text) => {
  expect(parseXname(text)).toBeNull();
});

test('a normalised xname is its own normal form', () => {
  const number = fc.integer({ min: 0, max: 9 }).map((n) => `00${n}`);
  fc.assert(
    fc.property(number, number, (slot, node) => {
      const once = parseXname(`X1C0S${slot}B0N${node}`)!;
      expect(parseXname(once.xname)).toEqual(once);
    }),
  );
});

test('xnames are ordered by place', () => {
  const inOrder = ['x2c0', 'x10c0', 'x10c0s2b0', 'x10c0s2b0n0', 'x10c0s2b0n1', 'x10c0s10b0', 'x1000c0'];
  const byPlace = (a: string, b: string) => (xnameOrder(a) < xnameOrder(b) ? -1 : 1);
  expect([...inOrder].reverse().sort(byPlace)).toEqual(inOrder);
});

test('the order of places is the order of their numbers, to the longest there may be', () => {
  const slot = fc.integer({ min: 0, max: 999_999 });
  fc.assert(
    fc.property(slot, slot, (a, b) => {
      const [first, second] = [a, b].map((n) => xnameOrder(parseXname(`x1c0s${n}`)!.xname));
      expect(first! < second!).toBe(a < b);
    }),
  );
});

test('types are named once', () => {
  expect(new Set(hmsTypes).size).toBe(hmsTypes.length);
});
