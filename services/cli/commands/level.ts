import type { Command } from 'commander';
import { asChange, type ChangeOptions, change, get, type ServerOptions, say, toServer } from './server.js';

interface Level {
  Level: number;
  Newest: number;
  Raised?: boolean;
}

const path = '/admin/level';

/** `level` and `level raise`. */
export function addLevel(program: Command): void {
  const level = toServer(program.command('level').description('the level of the log: which forms and rules hold in it'))
    .option('--json', 'print the answer as JSON')
    .action(async (options: ServerOptions & { json?: boolean }) => {
      const found = (await get(options, path)) as Level;
      say(options.json ? JSON.stringify(found, null, 2) : inWords(found));
    });
  asChange(
    level.command('raise').description('raise it to the newest: older versions then refuse the log, for ever'),
  ).action(async (_options: unknown, command: Command) => {
    // Options that both have are taken by the outer one.
    const options = command.optsWithGlobals<ChangeOptions>();
    const found = (await change(options, path, undefined)) as Level;
    if (options.json) say(JSON.stringify(found, null, 2));
    else say(found.Raised ? `raised: ${inWords(found)}` : `nothing to do: ${inWords(found)}`);
  });
}

function inWords({ Level, Newest }: Level): string {
  const more =
    Level < Newest ? `, and this version knows ${Newest}: holdfast level raise` : ', the newest of this version';
  return `the log has level ${Level}${more}`;
}
