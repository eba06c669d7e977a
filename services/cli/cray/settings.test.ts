import { Command } from 'commander';
import { expect, test } from 'vitest';
import { craySettings } from './settings.js';

const settingsOf = (...args: string[]) => {
  const command = new Command('serve').exitOverride().configureOutput({ writeErr() {} });
  for (const option of craySettings.options) command.addOption(option);
  return craySettings.read(command.parse(args, { from: 'user' }).opts());
};

test('reservations need what each dialect asks for, and nothing is longer or named otherwise, unless told', () => {
  expect(settingsOf()).toEqual({
    roles: [],
    subRoles: [],
    serviceReservationRequires: { published: 'locked', hsm: 'unlocked' },
    publishedReservationMinutesMax: null,
  });
  const told = [
    '--hms-role',
    'A',
    'B',
    '--hms-subrole',
    'C',
    '--hsm-requires',
    'locked',
    '--published-minutes-max',
    '7',
  ];
  expect(settingsOf(...told)).toMatchObject({
    roles: ['A', 'B'],
    subRoles: ['C'],
    serviceReservationRequires: { published: 'locked', hsm: 'locked' },
    publishedReservationMinutesMax: 7,
  });
});
