import { expect, test } from 'vitest';
import { localCodec } from './codec.js';
import { newestLevel } from './levels.js';
import { sampleCommands, sampleEvents, sampleHeader, sampleStamp } from './samples.js';
import { isStray } from './stray.js';

test.each([
  ['nothing', ''],
  ['one byte', '00'],
  ['four bytes that begin as the wire format does', '00000000'],
  ['four bytes that begin as a record framed by itself does', '48460100'],
  ['another first byte', '0100000001aa'],
  ['text', Buffer.from('{"hello": "world"}').toString('hex')],
  ['a text that begins with HF', Buffer.from('HF reports: none').toString('hex')],
  ['an H that no F follows', Buffer.from('Hello').toString('hex')],
])('%s is a stray by its bytes alone', (_, hex) => {
  expect(isStray(Buffer.from(hex, 'hex'))).toBe(true);
});

test.each([
  ['the shortest in the wire format', '0000000001'],
  ['an id that nobody knows', '007fffffffaabb'],
  ['framed by itself, in a version not known here', '4846090001'],
  ['framed by itself, in the last version that may come', '48461f0001'],
])('%s is none by its bytes alone', (_, hex) => {
  expect(isStray(Buffer.from(hex, 'hex'))).toBe(false);
});

test('no message of this service is one', () => {
  const codec = localCodec();
  for (const command of Object.values(sampleCommands)) {
    expect(isStray(codec.encodeCommand(command, sampleHeader, newestLevel).value)).toBe(false);
  }
  for (const event of Object.values(sampleEvents)) {
    expect(isStray(codec.encodeEvent(event, sampleStamp, newestLevel).value)).toBe(false);
  }
});
