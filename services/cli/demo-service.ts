import { silentLogger } from '@holdfast/log';
import { Client } from './client.js';
import { cliModules } from './modules.js';
import { memorySettings, startService } from './service.js';

/** Runs the demo on a service of its own, in memory, and shows what its log holds at the end. */
export async function demoInMemory(say: (text: string) => void): Promise<void> {
  say('Starting a service in memory ...');
  const service = await startService(memorySettings, silentLogger);
  try {
    await service.ready;
    for (const { demo } of cliModules) await demo?.(new Client(service.url, null), say);
    say('7. And this is what the log holds of it: every request, every outcome, in order.');
    for (const line of await service.history()) say(`     ${line}`);
  } finally {
    await service.close();
  }
}
