import { Command } from 'commander';
import { expect, test } from 'vitest';
import { placementSettings } from './settings.js';

const settingsOf = (...args: string[]) => {
  const command = new Command('serve').exitOverride().configureOutput({ writeErr() {} });
  for (const option of placementSettings.options) command.addOption(option);
  return placementSettings.read(command.parse(args, { from: 'user' }).opts());
};

test('the policy is the default one unless told', () => {
  expect(settingsOf()).toEqual({ policy: 'default' });
  expect(settingsOf('--placement-policy', 'open')).toEqual({ policy: 'open' });
});
