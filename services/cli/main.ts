import { Command } from 'commander';
import { pino } from 'pino';
import { checkService } from './check.js';
import { Client } from './client.js';
import { demoInMemory } from './demo-service.js';
import { importFleet, readFleet } from './import.js';
import { type ServiceSettings, startService } from './service.js';
import { type ServeOptions, serveOptions, serviceSettings } from './settings.js';

const say = (text: string) => process.stdout.write(`${text}\n`);

interface ServerOptions {
  server: string;
  token?: string;
}

const program = new Command('holdfast')
  .description('Locks and reservations for fleets of hardware, decided in a log.')
  .version('0.1.0')
  .showHelpAfterError('(holdfast --help says what there is)');

const serve = program.command('serve').description('serve the APIs').action(serveForever);
for (const option of serveOptions) serve.addOption(option);

toServer(program.command('import <file>').description('load an inventory file into a server')).action(
  async (file: string, options: ServerOptions) => {
    await importFleet(clientOf(options), await readFleet(file), say);
  },
);

program
  .command('demo')
  .description('walk through lock, reserve, renew, release and status on a sample fleet, and show the log')
  .action(() => demoInMemory(say));

function toServer(command: Command): Command {
  return command
    .option('--server <url>', 'where Holdfast is served', process.env.HOLDFAST_SERVER ?? 'http://127.0.0.1:28800')
    .option('--token <token>', 'bearer token (better: HOLDFAST_TOKEN)');
}

function clientOf({ server, token }: ServerOptions): Client {
  return new Client(server, token ?? process.env.HOLDFAST_TOKEN ?? null);
}

async function serveForever(options: ServeOptions): Promise<void> {
  const level = process.env.HOLDFAST_LOG_LEVEL ?? 'warn';
  // Its warnings are about its own plugins.
  const httpLevel = process.env.HOLDFAST_LOG_LEVEL ?? 'error';
  const stream = pino.destination(2);
  const logger = pino({ level }, stream);
  const settings: ServiceSettings = { ...(await serviceSettings(options)), httpLog: { level: httpLevel, stream } };
  if (options.check) {
    if (!(await checkService(settings, say))) process.exitCode = 1;
    return;
  }
  const began = Date.now();
  const service = await startService(settings, logger);
  const stop = () => {
    say('Stopping.');
    service.close().then(() => process.exit(0), fail);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const reading = setInterval(() => say(`Not ready yet: ${service.progress()}`), 2_000);
  await service.ready.finally(() => clearInterval(reading));
  const seconds = ((Date.now() - began) / 1_000).toFixed(1);
  const { roles, kafka, data } = settings;
  if (!roles.includes('api')) {
    say(`The ${roles.join(', ')} is serving at ${service.url} (/livez, /readyz; ready in ${seconds} s).`);
    return;
  }
  say(`Holdfast is serving at ${service.url} (ready in ${seconds} s).`);
  say(`  What is served, and where: ${service.url}/      Try it in a browser: ${service.url}/docs`);
  const log =
    kafka === null ? `Data: ${data ?? 'in memory, gone when this stops'}` : `Log: Kafka at ${kafka.brokers.join(',')}`;
  say(`  ${log}. Load a fleet: npx holdfast import FILE`);
}

function fail(error: unknown): never {
  process.stderr.write(`holdfast: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

await program.parseAsync().catch(fail);
