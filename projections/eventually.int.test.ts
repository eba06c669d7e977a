import { expect, test } from 'vitest';
import { describeDatabases, progressOf } from '../test/support/databases.js';
import { projectionModules } from './modules.js';
import { ProjectionError } from './port.js';
import { PostgresReadModel } from './postgres-read-model.js';
import { PostgresStore } from './postgres-store.js';
import { projectionGroups } from './projection-groups.js';

const shard = 'shard';

describeDatabases('what is asked of the audit', (opened) => {
  /** Somebody was promised a position that the audit has not come to, and cannot while the log is unavailable. */
  async function modelBehind(): Promise<PostgresReadModel> {
    const { database } = opened;
    for (const projectionGroup of Object.values(projectionGroups)) {
      await new PostgresStore({ database, shard, projectionGroup }).reset('stale');
    }
    const waitFor = async (position: number) => {
      if (position > 0) throw new ProjectionError('behind', 'it has read up to 0');
    };
    const audit = { ...progressOf(shard, { read: 0, stored: 0 }), waitFor };
    const status = progressOf(shard, { read: 7, stored: 0 });
    const model = new PostgresReadModel({ database, status, audit });
    await model.waitFor(7);
    return model;
  }

  const asked = (model: Pick<PostgresReadModel, 'request' | 'history' | 'requests' | 'events' | 'modules'>) => [
    () => model.request('c1'),
    () => model.history({ resource: 'x', limit: 1 }),
    () => model.requests({ limit: 1 }),
    () => model.events({ after: 0, limit: 1 }),
    ...projectionModules.map(
      ({ name }) =>
        () =>
          model.modules[name].holders({ limit: 1 }),
    ),
  ];

  test('waits for all that any reader was promised', async () => {
    const model = await modelBehind();
    for (const ask of asked(model)) await expect(ask()).rejects.toMatchObject({ code: 'behind' });
  });

  test('is answered at once where it waits for nothing, whatever others were promised', async () => {
    const model = await modelBehind();
    const answers = await Promise.all(asked(model.eventually).map((ask) => ask()));
    expect(answers).toHaveLength(asked(model).length);
  });
});
