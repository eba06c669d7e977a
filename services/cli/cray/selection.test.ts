import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addAuditCommands } from '../commands/audit.js';
import { addChanges } from './change.js';
import { addReserve } from './reserve.js';
import { addStatus } from './status.js';

const commands = ['lock', 'unlock', 'disable', 'repair', 'remove', 'reserve'];

async function runAt(server: string, ...args: string[]): Promise<void> {
  const program = new Command().exitOverride().configureOutput({ writeErr() {}, writeOut() {} });
  addChanges(program);
  addReserve(program);
  addStatus(program);
  addAuditCommands(program);
  await program.parseAsync([...args, '--server', server], { from: 'user' });
}

/** Rejects before anything is sent: nobody listens there. */
const run = (...args: string[]) => runAt('http://127.0.0.1:1', ...args);

test.each(commands)('%s asks for --fleet where nothing is selected', async (command) => {
  await expect(run(command)).rejects.toThrow(/nothing is selected: .*--fleet for every component/);
  await expect(run(command, '--flexible')).rejects.toThrow(/nothing is selected/);
});

test.each(commands)('%s refuses --fleet beside a selection, which would not mean the fleet', async (command) => {
  await expect(run(command, 'x0c0s0b0n0', '--fleet')).rejects.toThrow(/--fleet means every component/);
  await expect(run(command, '--role', 'Compute', '--fleet')).rejects.toThrow(/--fleet means every component/);
});

test.each([...commands, 'status'])('%s names the xname that is none', async (command) => {
  const named = /argument: "x0c0s0b0nope" is not a valid xname/;
  await expect(run(command, 'x0c0s0b0n0', 'x0c0s0b0nope', 'x0c0s1b0n0')).rejects.toThrow(named);
  await expect(run(command, 'x0c0s0b0n0', '!x0c0s0b0nope')).rejects.toThrow(named);
});

describe('a selection that fits nothing', () => {
  let server: Server;
  let url: string;
  let said: string;
  let asked: string[];
  beforeEach(async () => {
    [said, asked] = ['', []];
    const answers: Record<string, unknown> = {
      '/hsm/v2/groups': [{ label: 'Blue' }],
      '/hsm/v2/partitions': [{ name: 'p1' }],
      '/v1/locks/status': { Components: [], NotFound: [] },
      '/v1/locks/reservations': { Success: [], Failure: [] },
      '/v1/locks/service/reservations': { Success: [], Failure: [] },
    };
    server = createServer((request, response) => {
      const path = request.url!.split('?')[0]!;
      asked.push(path);
      const nothing = {
        Success: { ComponentIDs: [] },
        Failure: [],
        Holders: [],
        Components: [],
        NotFound: [],
        Next: null,
      };
      response.end(JSON.stringify(answers[path] ?? nothing));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
  });
  afterEach(() => {
    server.close();
    process.exitCode = undefined;
    vi.restoreAllMocks();
  });

  test.each(commands)('%s ends with 1, unless that is meant', async (command) => {
    await runAt(url, command, '--role', 'Management', '--group', 'bLUE');
    expect([said, process.exitCode]).toEqual(['holdfast: no component fits\n', 1]);
    process.exitCode = undefined;
    await runAt(url, command, '--json', '--fleet');
    expect([said, process.exitCode]).toEqual([expect.stringContaining('the inventory has none'), 1]);
    process.exitCode = undefined;
    await runAt(url, command, '--role', 'Management', '--group', 'nope', '--allow-none');
    expect(process.exitCode).toBeUndefined();
  });

  test.each([...commands, 'status'])(
    '%s names a group or partition that does not exist, and does nothing',
    async (command) => {
      for (const [option, name] of [
        ['--group', 'nope'],
        ['--group', '!nope'],
        ['--partition', 'nope'],
      ] as const) {
        const kind = option.slice(2);
        await expect(runAt(url, command, option, name, '--type', 'Node')).rejects.toThrow(`there is no ${kind} nope`);
      }
      await expect(runAt(url, command, '--group', 'blue', '--group', 'nope')).rejects.toThrow('there is no group nope');
      expect(asked.filter((path) => path.startsWith('/v1/'))).toEqual([]);
    },
  );

  test('a retry under the key of what was done asks for that, whatever was deleted since', async () => {
    const key = '0192e4a0-5f30-4000-8000-00000000c0de';
    await runAt(url, 'lock', '--group', 'nope', '--idempotency-key', key);
    expect(asked).toEqual(['/v1/locks/lock']);
  });

  test('to a question it is an answer; a group that does not exist is named there too', async () => {
    await runAt(url, 'status', '--locked', '--group', 'blue');
    await runAt(url, 'holders', '--group', 'blue');
    expect([said, process.exitCode]).toEqual(['', undefined]);
    await expect(runAt(url, 'holders', '--group', 'nope')).rejects.toThrow('there is no group nope');
    await expect(runAt(url, 'at', '7', '--group', 'nope')).rejects.toThrow('there is no group nope');
  });
});
