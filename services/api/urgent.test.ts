import { connect } from 'node:net';
import { buildApp } from '@holdfast/api';
import type { ApiModule } from '@holdfast/api/module';
import { apiModules } from '@holdfast/api/modules';
import type { Group } from '@holdfast/log';
import { expect, test, vi } from 'vitest';
import { exampleApi } from '../../test/example/api/module.js';
import { dependenciesOf } from '../../test/support/fake-api.js';
import { withNamed } from '../../test/support/named.js';
import { apiLimits } from './limits.js';
import { PathTable } from './paths.js';

/* Which operations wait for no crowd is said in the document of each. */

const crowd = apiLimits.requestsPerTurn + 30;

test('in a crowd an operation that its document calls urgent is handed on before those that came earlier', async () => {
  const dependencies = dependenciesOf();
  const commands: string[] = [];
  dependencies.gateway.submit = async ({ command }) => {
    commands.push(command.type);
    const outcome = { type: 'engine.RequestDecided', command: command.type, status: 'accepted', total: 1 };
    const event = { ...outcome, reason: null, origin: null };
    return { events: [{ event, stamp: { time: 0 } }], sequence: 2, end: 2 } as unknown as Group;
  };
  const module: ApiModule = {
    ...(exampleApi as ApiModule),
    apis: [{ ...exampleApi.apis[0], document: '../../test/example/api/example.yaml' }],
  };
  const app = await buildApp(dependencies, withNamed(apiModules, module));
  const { hostname, port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const asked = (path: string, body: object) => {
    const json = JSON.stringify(body);
    const head = ['Host: localhost', 'Content-Type: application/json', `Content-Length: ${json.length}`];
    return `POST ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${json}`;
  };
  const claim = asked('/example/claims', { instrument: 'lens', seconds: 60 });
  const socket = connect(Number(port), hostname);
  // All of them come in one turn of the event loop.
  socket.write(claim.repeat(crowd) + asked('/example/returns', { instrument: 'lens', claim: 'c' }));
  await expect.poll(() => commands.length).toBe(crowd + 1);
  socket.destroy();
  await app.close();
  const before = commands.indexOf('example.ReturnRequested');
  expect(before).toBeGreaterThanOrEqual(0);
  expect(before).toBeLessThan(crowd);
});

test('so are probes, and what gives back, under each base path', async () => {
  const added = vi.spyOn(PathTable.prototype, 'addUrgent');
  const app = await buildApp(dependenciesOf());
  await app.close();
  const urgent = added.mock.calls.map(([url, method]) => `${method} ${url}`);
  added.mockRestore();
  for (const probe of ['livez', 'readyz', 'metrics']) {
    expect(urgent).toEqual(expect.arrayContaining([`GET /${probe}`, `HEAD /${probe}`]));
  }
  for (const { apis } of apiModules) {
    for (const base of apis.flatMap(({ basePaths }) => basePaths)) {
      expect(urgent.join('\n'), base).toContain(` ${base}/`);
    }
  }
});
