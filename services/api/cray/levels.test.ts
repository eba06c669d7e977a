import { isDeepStrictEqual } from 'node:util';
import { type Command, firstLevel, localCodec, newestLevel } from '@holdfast/events';
import type { ComponentsPutRequested, CrayCommand } from '@holdfast/events/cray/messages';
import { sampleCommands, sampleHeader } from '@holdfast/events/samples';
import { expect, test } from 'vitest';
import type { LevelPort } from '../settings.js';
import { requireLevelFor } from './levels.js';

const at = (level: number) => ({ now: () => level }) as LevelPort;
const put: ComponentsPutRequested = sampleCommands['cray.ComponentsPutRequested'];
const locked = put.components.map((entry) => ({ ...entry, locked: true }));
const group = sampleCommands['cray.CollectionPutRequested'];

const later: [string, CrayCommand][] = [
  ['a change of roles', sampleCommands['cray.RoleChangeRequested']],
  ['a change of a group', sampleCommands['cray.CollectionChangeRequested']],
  ['Force', { ...put, existing: 'observe' }],
  ['a component that begins locked', { ...put, existing: 'leave', components: locked }],
  ['a tag', { ...group, exclusiveGroup: '' }],
  ['an exclusive group', { ...group, tags: [] }],
  ['a removal that names a reservation', sampleCommands['cray.RemovalRequested']],
];

test.each(later)('%s is refused in a log below level 4, and says what to do', (_, command) => {
  const level = expect.objectContaining({ code: 'level', message: expect.stringContaining('holdfast level raise') });
  expect(() => requireLevelFor(command, at(3))).toThrow(level);
  expect(() => requireLevelFor(command, at(4))).not.toThrow();
});

test('what the older form says as well is taken at any level', () => {
  const any = { ...sampleCommands['cray.RemovalRequested'], reservationId: null };
  const older: CrayCommand[] = [any, put, { ...put, existing: 'leave' }, { ...group, tags: [], exclusiveGroup: '' }];
  for (const command of older) expect(() => requireLevelFor(command, at(1))).not.toThrow();
});

const levels = Array.from({ length: newestLevel }, (_, n) => firstLevel + n);
const isOfCray = (command: Command): command is CrayCommand => command.type.startsWith('cray.');
const commands = Object.values<Command>(sampleCommands).filter(isOfCray);

test.each(levels)('what the form of level %d says less of is refused', (level) => {
  const codec = localCodec();
  for (const command of commands) {
    const { command: written } = codec.decodeCommand(codec.encodeCommand(command, sampleHeader, level).value);
    if (isDeepStrictEqual(JSON.parse(JSON.stringify(written)), command)) continue;
    expect(() => requireLevelFor(command, at(level)), command.type).toThrow('holdfast level raise');
  }
});
