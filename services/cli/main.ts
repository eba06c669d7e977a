import { Command } from 'commander';
import { addChanges } from './commands/change.js';
import { addExport } from './commands/export.js';
import { addImport } from './commands/import.js';
import { addKeyCommands } from './commands/keys.js';
import { addReplay } from './commands/replay.js';
import { addReserve } from './commands/reserve.js';
import { addSeal } from './commands/seal.js';
import { addServe } from './commands/serve.js';
import { complain, say } from './commands/server.js';
import { addStatus } from './commands/status.js';
import { addVerify } from './commands/verify.js';
import { demoInMemory } from './demo-service.js';
import { exitCodeHelp, exitCodeOf, exitCodes } from './exit-codes.js';

const program = new Command('holdfast')
  .description('Locks and reservations for fleets of hardware, decided in a log.')
  .version('0.1.0')
  .showHelpAfterError('(holdfast --help says what there is)')
  .addHelpText('after', exitCodeHelp)
  // Also for the commands that are added below.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.done : exitCodes.usage));

program.commandsGroup('Service:');
addServe(program, (error) => {
  complain(error instanceof Error ? error.message : String(error));
  process.exit(exitCodes.refused);
});
program
  .command('demo')
  .description('walk through lock, reserve, renew, release and status on a sample fleet, and show the log')
  .action(() => demoInMemory(say));

program.commandsGroup('Against a server:');
addStatus(program);
addChanges(program);
addReserve(program);
addKeyCommands(program);
addImport(program);

program.commandsGroup('On the log:');
addVerify(program);
addSeal(program);
addExport(program);
addReplay(program);

await program.parseAsync().catch((error: unknown) => {
  complain(error instanceof Error ? error.message : String(error));
  process.exit(exitCodeOf(error));
});
