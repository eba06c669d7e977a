import { testModules } from '../modules.js';
import type { Injector } from './injector.js';

/** Makes a service have the sample of every module, whatever it had of it. */
export async function loadFixture(inject: Injector): Promise<void> {
  for (const { site } of testModules) await site.load(inject);
}

/** As after that, with nothing held. */
export async function releaseEverything(inject: Injector): Promise<void> {
  for (const { site } of testModules) await site.release(inject);
}
