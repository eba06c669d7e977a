import type { Command } from 'commander';
import { exitCodeHelp } from '../exit-codes.js';
import { type ServeOptions, serveOptions } from '../settings.js';
import type { CopyCommandOptions } from './copy.js';
import type { ExportOptions } from './export.js';
import { type ImportCommandOptions, importedOption } from './import-files.js';
import type { RebuildCommandOptions } from './rebuild.js';
import type { ReplayOptions } from './replay.js';
import { toServer } from './server.js';
import type { VerifyCommandOptions } from './verify.js';

const places = /^--(data|allow-network-fs|kafka.*|commands-topic|events-topic|registry.*)$/;

/** Gives a command the options of `serve` that say where the log is, and `more` of them. */
function onLog(command: Command, ...more: string[]): Command {
  for (const option of serveOptions) {
    if (places.test(option.long ?? '') || more.includes(option.long ?? '')) command.addOption(option);
  }
  const oneProcess =
    'An embedded log (--data) admits one process: stop the service first. On Kafka the service may run meanwhile.';
  return command.addHelpText('after', `\n${oneProcess}`);
}

const addExitCodes = (command: Command) => command.addHelpText('after', exitCodeHelp);

/**
 * `verify`, `seal`, `export`, `replay`, `rebuild`. What they do is loaded when they are called, as are the clients of
 * logs that it needs.
 */
export function addLogCommands(program: Command): void {
  const verify = program
    .command('verify')
    .description('read the whole log, and hold it against its hashes, the rules, the read model, and a seal')
    .option('--from <seal>', 'a seal, or a file with one, that the log must still contain')
    .option('--export <directory>', 'verify this export instead of a log')
    .option('--json', 'print what was found as JSON');
  addExitCodes(onLog(verify, '--postgres', '--secret-file')).action(async (options: VerifyCommandOptions) =>
    (await import('./verify.js')).verify(options),
  );

  const seal = program
    .command('seal')
    .description('read the log, and print one line that it is known again by: keep it elsewhere, for verify --from');
  addExitCodes(onLog(seal)).action(async (options: ServeOptions) => (await import('./seal.js')).printSeal(options));

  const exported = program
    .command('export')
    .description('write the log as Avro files, which other tools read and import takes')
    .requiredOption('--out <directory>', 'a new or empty directory')
    .addHelpText(
      'after',
      '\nAn export holds all that the log does, Idempotency-Keys and hashes of reservation keys too. Its files are for this user alone.',
    );
  addExitCodes(onLog(exported)).action(async (options: ExportOptions) =>
    (await import('./export.js')).exportTo(options),
  );

  const replay = program
    .command('replay')
    .description('print the state as it was, folded from the log')
    .requiredOption('--until <time|sequence>', 'the moment, e.g. 2026-01-31T12:00:00Z or 1200')
    .option('--diff <time|sequence>', 'print what changed from there to --until instead')
    .option('--json', 'print all of it as JSON')
    .option('--all', 'print every row of a long list');
  addExitCodes(onLog(replay)).action(async (options: ReplayOptions) =>
    (await import('./replay.js')).printReplay(options),
  );

  const rebuild = program
    .command('rebuild [projection...]')
    .description(
      'make the rows of the read model anew from the log, while the old ones are read (default: all of them)',
    );
  rebuild.option(
    '--accept-lost-log',
    'the log is lost for good: put aside and keep what was made from it, then make rows of what is there now',
  );
  addExitCodes(onLog(rebuild, '--postgres')).action(async (names: string[], options: RebuildCommandOptions) =>
    (await import('./rebuild.js')).rebuildRows(names, options),
  );
}

/** `copy`. */
export function addCopy(program: Command): void {
  const command = program
    .command('copy')
    .description(
      'copy a log at which its readers stop into a new one (--data or --kafka), without a damaged record: for good, and with your word for it',
    )
    .option('--from-data <directory>', 'the log to copy: an embedded one')
    .option('--from-topics <commands,events>', 'the log to copy: topics of the same cluster')
    .option('--past <position...>', 'leave out the records of events at these positions')
    .option('--until <position>', 'copy the events before this position only: what is behind it is lost')
    .requiredOption('--reason <text>', 'why; the log keeps it')
    .option('--by <name>', 'who says so (default: the user of this process)');
  addExitCodes(onLog(command, '--secret-file', '--shards')).action(async (options: CopyCommandOptions) =>
    (await import('./copy.js')).copy(options),
  );
}

/** `import`. */
export function addImport(program: Command): void {
  const command = program
    .command('import <what>')
    .description(
      'load an inventory file into a server (--server), replacing what it knows of these components, but for locks and ' +
        'reservations; or an export of a log into a new log (--data or --kafka)',
    );
  toServer(command).addOption(importedOption());
  onLog(command, '--secret-file', '--shards', '--replication').action(
    async (what: string, options: ImportCommandOptions & ServeOptions) =>
      (await import('./import.js')).importWhat(what, options),
  );
}
