import avsc from 'avsc';
import { describe, expect, test } from 'vitest';
import { inSteps } from '../test/support/steps.js';
import { type CatalogueEntry, loadCatalogue } from './catalogue.js';
import { localCodec } from './codec.js';
import { levelOf, newestLevel } from './levels.js';
import type { Command } from './messages.js';
import { sampleCommands, sampleHeader } from './samples.js';

const codec = localCodec();

/** With each list as long as that of a large request. */
function longer(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from({ length: 4_567 }, (_, n) => value[n % value.length]);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, longer(member)]));
}

const large = Object.values(sampleCommands)
  .map((command) => longer(command) as Command)
  // A list that may be null is done at once: no request has a long one.
  .filter(({ type }) => !versionsOf(type).some(({ schema }) => schema.fields.some(mayBeNoList)))
  .filter((command) => JSON.stringify(command).length > 20_000);

function mayBeNoList({ type }: CatalogueEntry['schema']['fields'][number]): boolean {
  return Array.isArray(type) && type.some((one) => typeof one === 'object' && 'type' in one && one.type === 'array');
}

function versionsOf(wanted: string): CatalogueEntry[] {
  return loadCatalogue().filter(({ type }) => type === wanted);
}

/** The levels at which a type has a form. */
function levelsOf(type: string): number[] {
  const since = loadCatalogue()
    .filter((entry) => entry.type === type)
    .map(levelOf);
  const from = Math.min(...since);
  return Array.from({ length: newestLevel - from + 1 }, (_, n) => from + n);
}

describe.each(large.map((command) => [command.type, command] as const))('a large %s', (_, command) => {
  const whole = codec.encodeCommand(command, sampleHeader, newestLevel);

  test('has the same bytes and digest when it is encoded in steps', () => {
    for (const level of levelsOf(command.type)) {
      const atOnce = codec.encodeCommand(command, sampleHeader, level);
      const { value, steps } = inSteps(codec.encodeCommandInSteps(command, sampleHeader, level));
      expect(steps).toBeGreaterThan(3);
      expect(Buffer.compare(value.value, atOnce.value)).toBe(0);
      expect(value.digest).toBe(atOnce.digest);
    }
  });

  test.each(versionsOf(command.type))('is the same when it is decoded in steps, of version $version', (entry) => {
    // Whatever level wrote it: those of before stay in logs for ever.
    const body = avsc.Type.forSchema(entry.schema as avsc.Schema).toBuffer({ ...command, header: sampleHeader });
    const framed = codec.frame(entry.fingerprint, body);
    const { value, steps } = inSteps(codec.decodeCommandInSteps(framed));
    expect(steps).toBeGreaterThan(3);
    expect(value).toEqual(codec.decodeCommand(framed));
    for (const damaged of [framed.subarray(0, -1), framed.subarray(0, 9_000), Buffer.from([...framed, 0])]) {
      const invalid = expect.objectContaining({ code: 'invalid' });
      expect(() => codec.decodeCommand(damaged)).toThrow(invalid);
      expect(() => inSteps(codec.decodeCommandInSteps(damaged))).toThrow(invalid);
    }
  });

  test('is refused in steps where it is cut, or goes on', () => {
    for (const bytes of [whole.value.subarray(0, -1), whole.value.subarray(0, 9_000), [...whole.value, 0]]) {
      const damaged = Buffer.from(bytes);
      const invalid = expect.objectContaining({ code: 'invalid' });
      expect(() => codec.decodeCommand(damaged)).toThrow(invalid);
      expect(() => inSteps(codec.decodeCommandInSteps(damaged))).toThrow(invalid);
    }
  });

  test('is refused in steps where it does not fit its schema', () => {
    const lists = JSON.parse(JSON.stringify(command), (_, member) => (Array.isArray(member) ? [...member, 5] : member));
    for (const level of levelsOf(command.type)) {
      const encoded = () => inSteps(codec.encodeCommandInSteps(lists, sampleHeader, level));
      expect(encoded).toThrow('does not fit its schema');
    }
  });
});

test('commands with long lists are among the samples', () => {
  const lists = Object.values(sampleCommands).filter((command) => Object.values(command).some(Array.isArray));
  expect(lists.length).toBeGreaterThan(5);
  expect(large.length).toBeGreaterThanOrEqual(10);
});
