import type { EndToEndPart } from '../../e2e/module.js';
import { craySecrets } from './secrets.js';

const [node, other] = ['x1000c0s0b0n0', 'x1000c0s1b0n0'] as const;

export const crayEndToEnd: EndToEndPart = {
  tried: [
    {
      file: 'cray-published.yaml',
      operationsMin: 25,
      method: 'post',
      path: '/locks/status',
      body: '{"ComponentIDs":["x0c0s0b0n0"]}',
      status: '202',
    },
    { file: 'cray-hsm.yaml', operationsMin: 56, method: 'get', path: '/State/Components', status: '200' },
  ],
  write: {
    method: 'POST',
    path: '/hsm/v2/locks/lock',
    body: '{"ComponentIDs":["x9999c7s0b0n0"]}',
    headers: {},
    statusIn: ({ status }) => status,
  },
  withheld: {
    async session(url, headers) {
      const keys: string[] = [];
      // biome-ignore lint/suspicious/noExplicitAny: read as a client would.
      const ask = async (path: string, body: object, more: Record<string, string> = {}): Promise<any> => {
        const response = await fetch(`${url}/hsm/v2${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...more },
          body: JSON.stringify(body),
        });
        const text = await response.text();
        return text === '' ? null : JSON.parse(text);
      };
      const Components = [node, other].map((ID, n) => {
        return { ID, Type: 'Node', State: 'Ready', Flag: 'OK', Enabled: true, Role: 'Compute', NID: n + 1 };
      });
      await ask('/State/Components', { Components });
      await ask('/groups', { label: 'blue', members: { ids: [node] } });
      const reserve = { ComponentIDs: [node], ReservationDuration: 15 };
      for (let n = 0; n < 2; n++) {
        const { Success } = await ask('/locks/service/reservations', reserve, headers);
        keys.push(Success[0].ReservationKey.slice(-36), Success[0].DeputyKey.slice(-36));
      }
      await ask('/locks/lock', { ComponentIDs: [node, other] });
      await ask('/locks/lock', { ComponentIDs: [other] });
      return keys;
    },
    resources: [
      { path: 'components', id: node },
      { path: 'components', id: other },
    ],
    filters: [`xname=${node}`],
  },
  secrets: craySecrets,
};
