import { describe, expect, test } from 'vitest';
import { auditedBackends, serveAudited } from '../../../support/audited.js';
import { holdfast } from '../../../support/cli.js';
import { hsm, loadNodes, xnames } from '../../../support/service.js';

const fleet = xnames(40);
const [a, b] = fleet as [string, string];

for (const backend of auditedBackends) {
  describe.skipIf(backend.missing !== null)(`the audit ${backend.name}`, () => {
    test('the commands of an operator show it, and rows are made anew', async () => {
      const place = await backend.place();
      let served = await serveAudited(place);
      const run = (...args: string[]) => holdfast([...args, '--server', served.url]);
      await loadNodes(served.url, fleet);
      const headers = { 'x-actor': 'alice' };
      const body = { ComponentIDs: [a], ReservationDuration: 15, Reason: 'firmware update' };
      const made = await hsm(served.url, '/locks/service/reservations', body, headers);
      const then = made.headers.get('holdfast-sequence')!;
      await hsm(served.url, '/locks/lock', { ComponentIDs: [a] }, { 'x-actor': 'bob' });
      await hsm(served.url, '/locks/lock', { ComponentIDs: [b] }, { 'x-actor': 'bob' });

      const history = await run('history', a);
      expect(history).toMatchObject({ code: 0, stderr: '' });
      expect(history.stdout.split('\n').map((line) => line.split(/ {2,}/)[3])).toEqual([
        'WHAT',
        'lock refused, as it is reserved; asked by bob (as stated)',
        'reserved for 15 minutes by alice (as stated): firmware update',
        'written to the inventory by anonymous',
        undefined,
      ]);
      expect(JSON.parse((await run('history', a, '--json', '--actor', 'alice')).stdout)).toHaveLength(1);
      expect((await run('holders')).stdout).toMatch(
        new RegExp(
          `^2 components.*\\nCOMPONENT.*\\n${a} .*alice +firmware update +\\d+ +\\S+\\n${b} +lock .*bob +- +\\d+ +-\\n$`,
        ),
      );
      expect((await run('at', then, a, b)).stdout).toMatch(/^2 components: 0 locked, 1 reserved/);
      expect((await run('at', then, '--locked')).stdout).toMatch(/^0 components/);
      expect(await run('at', '2020-01-01T00:00:00Z')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('begins at'),
      });
      expect(await run('history', 'x9c0s0b0n0')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('has nothing'),
      });

      const tail = (...args: string[]) => run('tail', '--no-follow', ...args);
      expect((await tail('--types', 'cray.ComponentLocked', '--from', '1')).stdout).toMatch(
        new RegExp(`^ *\\d+  20.*Z  ${b} +locked by bob \\(as stated\\)\\n$`),
      );
      const events = async () => (await tail('--json', '--from', '1', '--xname', a)).stdout;
      const before = await events();
      expect(before.trim().split('\n')).toHaveLength(3);

      const rebuild = (...names: string[]) => holdfast(['rebuild', ...names, ...place.args]);
      expect(await rebuild('nonsense')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('history, requests'),
      });
      if (!backend.shared) {
        expect(await rebuild()).toMatchObject({ code: 3, stderr: expect.stringContaining('in use') });
        await served.kill('SIGTERM');
      }
      expect(await rebuild('history')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^rebuilt history from \d+ events/),
      });
      expect(await rebuild()).toMatchObject({ code: 0 });
      if (!backend.shared) served = await serveAudited(place);
      // While it was stopped nobody could renew, so the lease may have been extended since.
      expect((await events()).startsWith(before)).toBe(true);
    }, 180_000);
  });
}
