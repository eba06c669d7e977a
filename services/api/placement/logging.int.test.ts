import { randomUUID } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { call, serviceFor } from '../../../test/support/service.js';

const lines: string[] = [];
const logger = { level: 'info', stream: { write: (line: string) => void lines.push(line) } };
const traceId = '0af7651916cd43dd8448eb211c80319c';
const traced = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);

test('the id that its client was told; a start warns of nothing; and the audit knows what a line names', async () => {
  lines.splice(0);
  const service = await serviceFor({ httpLog: logger });
  try {
    expect(lines.map((line) => JSON.parse(line)).filter(({ level }) => level > 30)).toEqual([]);
    const headers = { ...traced, 'openstack-api-version': 'placement 1.39', 'x-auth-token': 'admin' };
    const name = { name: 'p', uuid: randomUUID() };
    const asked = async (method: string, at: string, body: unknown) => {
      lines.splice(0);
      const answer = await call(service.url, method, `/placement${at}`, body, headers);
      await vi.waitFor(() => expect(lines).toHaveLength(1));
      return { answer, line: JSON.parse(lines[0]!) };
    };
    const made = await asked('POST', '/resource_providers', name);
    const common = { trace: traceId, openstackRequest: made.answer.headers.get('x-openstack-request-id') };
    expect(made.line).toMatchObject({ ...common, status: 200, command: uuid, outcome: 'accepted' });
    const again = await asked('POST', '/resource_providers', { ...name, uuid: randomUUID() });
    expect(again.line).toMatchObject({ status: 409, command: uuid, outcome: 'refused', sequence: expect.any(Number) });
    const { body } = await call(service.url, 'GET', '/audit/requests?outcome=refused');
    expect(body.Requests).toContainEqual(
      expect.objectContaining({ RequestID: again.line.command, Sequence: again.line.sequence }),
    );
  } finally {
    await service.close();
  }
}, 60_000);
