import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadCatalogue } from './catalogue.js';
import { localCodec } from './codec.js';
import { edits, schemaHashes } from './compatibility.js';
import { headOf } from './frame.js';
import { frameOf, newestLevel } from './levels.js';
import type { Command, Event } from './messages.js';
import { sampleCommands, sampleEvents, sampleHeader, sampleHeaderV1, sampleStamp } from './samples.js';
import ids from './schema-ids.json' with { type: 'json' };

/**
 * Bytes and fingerprints of every version of every message: written once, when it is new, and held to for ever.
 * HOLDFAST_WRITE_GOLDEN=1 writes those that are missing, and changes none.
 */
interface Golden {
  message: Command | Event;
  hex: string;
}

const writing = process.env.HOLDFAST_WRITE_GOLDEN === '1';
const folder = new URL('golden/', import.meta.url);
const codec = localCodec();
const catalogue = loadCatalogue();
const schemaIds: Readonly<Record<string, number>> = ids;
const samples: Readonly<Record<string, Command | Event>> = { ...sampleCommands, ...sampleEvents };
const versions = catalogue.map((entry) => {
  const newest = catalogue.filter(({ type }) => type === entry.type).at(-1) === entry;
  return { key: `${entry.type}.v${entry.version}`, newest, ...entry };
});

function encode(message: Command | Event): string {
  const isCommand = message.type in sampleCommands;
  const { value } = isCommand
    ? codec.encodeCommand(message as Command, sampleHeader, newestLevel)
    : codec.encodeEvent(message as Event, sampleStamp, newestLevel);
  return Buffer.from(value).toString('hex');
}

function goldenOf(key: string, type: string, newest: boolean): Golden {
  const file = new URL(`${key}.json`, folder);
  if (writing && newest && !existsSync(file)) {
    const message = samples[type]!;
    writeFileSync(file, `${JSON.stringify({ message, hex: encode(message) }, null, 2)}\n`);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Golden;
}

test.each(versions)('the bytes of $key are read as ever', ({ key, type, version, role, newest }) => {
  const { message, hex } = goldenOf(key, type, newest);
  const bytes = Buffer.from(hex, 'hex');
  expect(headOf(bytes)).toEqual({ frame: frameOf({ type, version }), id: schemaIds[key] });
  const decoded = role === 'command' ? codec.decodeCommand(bytes) : codec.decodeEvent(bytes);
  const [head, read] =
    'header' in decoded ? [decoded.header, decoded.command] : [decoded.stamp, decoded.event as Command | Event];
  // An older version is read as the newest, which may know more fields.
  if (newest) {
    expect(head).toEqual(role === 'command' ? sampleHeader : sampleStamp);
    expect(read).toEqual(message);
  } else {
    expect(head).toMatchObject(role === 'command' ? sampleHeaderV1 : sampleStamp);
    expect(read).toMatchObject(message);
  }
});

test.each(versions.filter(({ newest }) => newest))('$key is written as ever', ({ key, type, newest }) => {
  const { message, hex } = goldenOf(key, type, newest);
  expect(encode(message)).toBe(hex);
});

test('no golden bytes are without a schema', () => {
  const files = readdirSync(folder).filter((file) => file !== 'fingerprints.json' && file !== 'schemas.json');
  expect(files.sort()).toEqual(versions.map(({ key }) => `${key}.json`).sort());
});

/** What is pinned in a file, and what it is now. What is new is added when writing; nothing that is pinned changes. */
function pinnedIn(file: string, now: Record<string, string>): Record<string, string> {
  const url = new URL(file, folder);
  const known = existsSync(url) ? JSON.parse(readFileSync(url, 'utf8')) : {};
  if (!writing) return known;
  const pinned = { ...now, ...known };
  writeFileSync(url, `${JSON.stringify(pinned, null, 2)}\n`);
  return pinned;
}

// They go into every group's hash and every digest: one that changes makes logs that exist look forked. SPEC rules 2
// and 11.
test('fingerprints are what they were', () => {
  const now = Object.fromEntries(versions.map(({ key, fingerprint }) => [key, fingerprint]));
  expect(now).toEqual(pinnedIn('fingerprints.json', now));
});

test('no schema that landed was edited', () => {
  const now = schemaHashes(catalogue);
  expect(edits(now, pinnedIn('schemas.json', now))).toEqual([]);
});
