import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addChanges } from './change.js';
import { addReserve } from './reserve.js';

const commands = ['lock', 'unlock', 'disable', 'repair', 'remove', 'reserve'];

/** Rejects before anything is sent: nobody listens there. */
async function run(...args: string[]): Promise<void> {
  const program = new Command().exitOverride().configureOutput({ writeErr() {}, writeOut() {} });
  addChanges(program);
  addReserve(program);
  await program.parseAsync([...args, '--server', 'http://127.0.0.1:1'], { from: 'user' });
}

test.each(commands)('%s asks for --fleet where nothing is selected', async (command) => {
  await expect(run(command)).rejects.toThrow(/nothing is selected: .*--fleet for every component/);
  await expect(run(command, '--flexible')).rejects.toThrow(/nothing is selected/);
});

test.each(commands)('%s refuses --fleet beside a selection, which would not mean the fleet', async (command) => {
  await expect(run(command, 'x0c0s0b0n0', '--fleet')).rejects.toThrow(/--fleet means every component/);
  await expect(run(command, '--role', 'Compute', '--fleet')).rejects.toThrow(/--fleet means every component/);
});
