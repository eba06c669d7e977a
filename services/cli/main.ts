import { Command } from 'commander';
import { addAuditCommands } from './commands/audit.js';
import { addLevel } from './commands/level.js';
import { addCopy, addImport, addLogCommands } from './commands/on-log.js';
import { complain, say } from './commands/server.js';
import { addTail } from './commands/tail.js';
import { exitCodeHelp, exitCodeOf, exitCodes, wordsOf } from './exit-codes.js';
import { cliModules } from './modules.js';
import { watchOutput } from './output.js';
import { type ServeOptions, serveOptions } from './settings.js';

const program = new Command('holdfast')
  .description('Locks and reservations for fleets of hardware, decided in a log.')
  .version('0.1.0')
  .showHelpAfterError('(holdfast --help says what there is)')
  .addHelpText('after', exitCodeHelp)
  // Also for the commands that are added below.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.done : exitCodes.usage));

program.commandsGroup('Service:');
const serve = program.command('serve').description('serve the APIs');
for (const option of serveOptions) serve.addOption(option);
serve.addHelpText('after', exitCodeHelp);
serve.action(async (options: ServeOptions) => {
  const { serveForever } = await import('./commands/serve.js');
  await serveForever(options, fail).catch(fail);
});
program
  .command('demo')
  .description('walk through lock, reserve, renew, release and status on a sample fleet, and show the log')
  .action(async () => (await import('./demo-service.js')).demoInMemory(say));

program.commandsGroup('Against a server:');
for (const { addCommands } of cliModules) addCommands(program);
addAuditCommands(program);
addTail(program);
addLevel(program);
addImport(program);
for (const { addUpkeep } of cliModules) addUpkeep(program);
addCopy(program);

program.commandsGroup('On the log:');
addLogCommands(program);

if (process.argv[2] !== 'serve') watchOutput();
await program.parseAsync().catch(fail);

function fail(error: unknown): never {
  complain(wordsOf(error));
  process.exit(exitCodeOf(error));
}
