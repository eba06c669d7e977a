import { test } from 'vitest';
import { call, serviceFor, loadNodes, hsm } from '../support/service.js';
import { startPostgres } from '../support/postgres.js';
test.each(['none','log','session', 'head'])('%s', async (kind) => {
  const server = await startPostgres();
  const service = await serviceFor({ postgres: await server.database(), ...(kind==='log' ? {httpLog: {level:'trace', stream:{write(){}}}}:{}) });
  if (kind==='session') { await loadNodes(service.url, ['x0c0s0b0n0']); await hsm(service.url, '/locks/lock', {ComponentIDs:['x0c0s0b0n0']}); await call(service.url, 'GET', '/audit/events');}
  if (kind==='head') await call(service.url, 'HEAD', '/audit/events');
  const t=Date.now(); await service.close(); console.log(kind, Date.now()-t);
  await server.remove();
}, 200000);
