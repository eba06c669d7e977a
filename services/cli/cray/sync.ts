import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Client } from '../client.js';
import { certificatesIn, clientOf, complain, type ServerOptions, say, toServer } from '../commands/server.js';
import { exitCodes } from '../exit-codes.js';
import { endOnSignal } from '../output.js';
import { theSource } from '../peer.js';
import { silentMsMax } from '../transport.js';
import { comesBack } from './sync/changes.js';
import { type Passed, pass } from './sync/pass.js';

interface SyncOptions extends ServerOptions {
  from: string;
  fromToken?: string;
  fromCacert?: string;
  follow?: boolean;
  interval: number;
  timeout: number;
  dryRun?: boolean;
  deleteMaxPercent: number;
  deleteHeld?: boolean;
}

/** `sync`: the inventory of a site's HSM, kept in step here. */
export function addSync(program: Command): void {
  toServer(program.command('sync').description('bring the inventory in step with that of a site’s HSM'))
    .requiredOption('--from <url>', 'the HSM, such as https://api-gw.local/apis/smd/hsm/v2')
    .option('--from-token <token>', 'bearer token of the HSM (better: HOLDFAST_FROM_TOKEN, which others cannot see)')
    .addOption(
      new Option('--from-cacert <file>', 'certificates that the HSM’s is signed with').env('HOLDFAST_FROM_CACERT'),
    )
    .option('--follow', 'go on, pass after pass, until SIGTERM or SIGINT')
    .option('--interval <seconds>', 'between two passes of --follow', between(1, 86_400), 30)
    .option('--timeout <seconds>', 'how long either side may be silent', between(1, silentMsMax / 1_000), 60)
    .option('--dry-run', 'only say what would change, each by name; exit code 1 where anything would')
    .option(
      '--delete-max-percent <n>',
      'delete nothing where more of the components, groups, partitions or of their members here are not there',
      between(0, 100),
      10,
    )
    .option('--delete-held', 'delete also what is locked or reserved, which ends its reservation')
    .action(run);
}

async function run(options: SyncOptions): Promise<void> {
  const { deleteMaxPercent, deleteHeld = false, dryRun = false, follow = false } = options;
  const { from: url, fromToken = process.env.HOLDFAST_FROM_TOKEN, fromCacert } = options;
  const ca =
    fromCacert === undefined ? {} : { ca: certificatesIn('--from-cacert', 'HOLDFAST_FROM_CACERT', fromCacert) };
  const silentMs = options.timeout * 1_000;
  // The paths that are asked for have it.
  const from = new Client(url.replace(/\/hsm\/v2\/*$/, ''), fromToken || null, { ...ca, silentMs, peer: theSource });
  const to = clientOf(options, { silentMs });
  const headers = { 'x-reason': `sync from ${url}`.slice(0, 1_024) };
  const once = () => pass({ from, to, dryRun, deleteMaxPercent, deleteHeld, headers, told: complain, would: say });
  if (follow) endOnSignal();
  for (;;) {
    try {
      const passed = await once();
      say(inWords(passed, dryRun));
      if (!follow) return end(passed, dryRun);
    } catch (error) {
      // What is unavailable comes back; a wrong token or URL does not.
      if (!follow || !comesBack(error)) throw error;
      complain(`${(error as Error).message}\nTrying again in ${options.interval} s.`);
    }
    await sleep(options.interval * 1_000);
  }
}

function end({ left, ...done }: Passed, dryRun: boolean): void {
  const changes = Object.values(done).some((count) => count > 0);
  if (left > 0 || (dryRun && changes)) process.exitCode = exitCodes.refused;
}

function inWords({ added, changed, removed, collections, left }: Passed, dryRun: boolean): string {
  const done = `${added} added, ${changed} changed, ${removed} deleted; ${collections} groups and partitions changed`;
  return `${new Date().toISOString()} ${dryRun ? 'would be ' : ''}${done}; ${left} not done`;
}

function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`it must be a number from ${least} to ${most}`);
  };
}
