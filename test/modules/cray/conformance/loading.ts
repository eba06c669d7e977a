import { readFileSync } from 'node:fs';
import type { Injector } from '../../../support/injector.js';

export const hsmBase = '/hsm/v2';

/** One of the JSON files beside this one. */
export function dataFile<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as T;
}

export interface Fixture {
  components: object[];
  groups: object[];
  partitions: object[];
}

export async function post(inject: Injector, path: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await inject({ method: 'POST', path: `${hsmBase}${path}`, body: JSON.stringify(body), headers });
  if (response.status >= 300) throw new Error(`POST ${path}: ${response.status} ${response.text}`);
  return response.text === '' ? null : JSON.parse(response.text);
}

/** Replaces whatever inventory there is with the recorded one. */
export async function loadFixture(inject: Injector): Promise<void> {
  const fixture = dataFile<Fixture>('../../../../docs/examples/fleet.json');
  await inject({ method: 'DELETE', path: `${hsmBase}/State/Components` });
  await post(inject, '/State/Components', { Components: fixture.components });
  for (const [path, collections] of Object.entries({ '/groups': fixture.groups, '/partitions': fixture.partitions })) {
    for (const collection of collections) {
      const { label, name } = collection as { label?: string; name?: string };
      await inject({ method: 'DELETE', path: `${hsmBase}${path}/${label ?? name}` });
      await post(inject, path, collection);
    }
  }
}

/** What each recorded scenario began with. */
export async function releaseEverything(inject: Injector): Promise<void> {
  for (const path of ['/locks/reservations/remove', '/locks/repair', '/locks/unlock']) {
    await post(inject, path, { ProcessingModel: 'flexible' });
  }
}
