import { type Command, levelOf, newestLevel } from '@holdfast/events';
import { sampleCommands } from '@holdfast/events/samples';
import { expect, test } from 'vitest';
import { requireLevelOf } from './level.js';
import type { LevelPort } from './settings.js';

const at = (level: number) => ({ now: () => level }) as LevelPort;
const types = Object.values<Command>(sampleCommands)
  .map(({ type }) => type)
  .filter((type) => !type.startsWith('engine.'));

test.each(types)('%s is for logs that have the level it came with', (type) => {
  const needed = levelOf({ type, version: 1 });
  expect(() => requireLevelOf(type, at(needed - 1))).toThrow(
    expect.objectContaining({ code: 'level', message: expect.stringContaining(`needs level ${needed} of the log`) }),
  );
  for (const level of [needed, newestLevel]) expect(() => requireLevelOf(type, at(level))).not.toThrow();
  expect(() => requireLevelOf(type, undefined)).not.toThrow();
});
