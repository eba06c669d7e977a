import type { CrayCommand } from '@holdfast/events/cray/messages';
import { expect, test } from 'vitest';
import type { CommandTraits } from '../module.js';
import { crayCommands } from './commands.js';

const sizeOf = (command: CrayCommand) => (crayCommands[command.type] as CommandTraits<CrayCommand>).size(command);

test.each([
  [{ type: 'cray.LockRequested', selection: { ids: ['x0', 'x1'], criteria: [] }, rigid: true }, 2],
  [{ type: 'cray.LockRequested', selection: { ids: [], criteria: [] }, rigid: true }, null],
  [
    {
      type: 'cray.RemovalRequested',
      selection: { ids: [], criteria: [{ field: 'Role', values: ['compute'] }] },
      rigid: true,
    },
    null,
  ],
  [{ type: 'cray.ComponentsDeletionRequested', ids: null }, null],
  [{ type: 'cray.ComponentsDeletionRequested', ids: ['x0'] }, 1],
  [{ type: 'cray.ReleaseRequested', keys: [], rigid: true }, 0],
] as [CrayCommand, number | null][])('%j is of size %s', (command, size) => {
  expect(sizeOf(command)).toBe(size);
});
