import { pino } from 'pino';
import { checkService } from '../check.js';
import { type ServiceSettings, startService } from '../service.js';
import { type ServeOptions, serviceSettings } from '../settings.js';
import { defaultServer, say } from './server.js';

/** `serve`: until a signal ends it. */
export async function serveForever(options: ServeOptions, fail: (error: unknown) => never): Promise<void> {
  const level = process.env.HOLDFAST_LOG_LEVEL ?? 'warn';
  // Its warnings are about its own plugins.
  const httpLevel = process.env.HOLDFAST_LOG_LEVEL ?? 'error';
  const stream = pino.destination(2);
  // What it goes to may be full, or closed.
  stream.on('error', () => {});
  const logger = pino({ level }, stream);
  const settings: ServiceSettings = { ...(await serviceSettings(options)), httpLog: { level: httpLevel, stream } };
  if (options.check) {
    if (!(await checkService(settings, say))) process.exitCode = 1;
    return;
  }
  const began = Date.now();
  const service = await startService(settings, logger);
  let stopping = false;
  const reading = setInterval(() => say(`Not ready yet: ${service.progress()}`), 2_000);
  const stop = () => {
    stopping = true;
    clearInterval(reading);
    say('Stopping.');
    service.close().then(() => process.exit(0), fail);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    await service.ready;
  } catch (error) {
    // A start that was told to stop has not failed.
    if (!stopping) throw error;
  }
  clearInterval(reading);
  if (stopping) return;
  const seconds = ((Date.now() - began) / 1_000).toFixed(1);
  const { roles, kafka, data } = settings;
  if (!roles.includes('api')) {
    say(`The ${roles.join(', ')} is serving at ${service.url} (/livez, /readyz; ready in ${seconds} s).`);
    return;
  }
  say(`Holdfast is serving at ${service.url} (ready in ${seconds} s).`);
  say(`  What is served, and where: ${service.url}/      Try it in a browser: ${service.url}/docs`);
  const { hosts } = settings.api;
  if (hosts)
    say(`  It answers to addresses, localhost and ${hosts.join(', ')}; to other names with --allow-host NAME.`);
  const log =
    kafka === null ? `Data: ${data ?? 'in memory, gone when this stops'}` : `Log: Kafka at ${kafka.brokers.join(',')}`;
  // The other commands look for it at the usual place.
  const at = service.url === defaultServer ? '' : ` --server ${service.url}`;
  say(`  ${log}. Load a fleet: npx holdfast import FILE${at}`);
}
