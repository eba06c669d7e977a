import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { addAuditCommands } from './commands/audit.js';
import { addTail } from './commands/tail.js';

/* A module beside those that there are, of which the commands of the audit know what it says of itself. */

vi.mock('./modules.js', async (original) => {
  const { cliModules } = (await original()) as { cliModules: readonly { name: string }[] };
  const { exampleCli } = await import('../../test/example/cli/module.js');
  const { withNamed } = await import('../../test/support/named.js');
  const holders = {
    // As the first module calls one of its own.
    things: [{ name: 'group', option: { flags: '--group <name>', description: 'only of this kind' } }],
    ways: [{ name: 'room', words: ['attic'], option: { flags: '--room <name>', description: 'only in this room' } }],
  };
  const history = { ...exampleCli.audit.history, columns: [['CLAIM', 'ClaimID']] };
  return { cliModules: withNamed(cliModules, { ...exampleCli, audit: { ...exampleCli.audit, holders, history } }) };
});

const asked: string[] = [];
let printed = '';
let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url!);
    const Entries = [{ Sequence: 7, Time: 'then', Type: 'example.Claimed', Text: 'claimed', ClaimID: 'c1' }];
    response.end(JSON.stringify({ Entries, Holders: [], Claims: [], NotFound: [], Next: null }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterAll(() => {
  server.close();
  vi.restoreAllMocks();
});

function program(): Command {
  const command = new Command().exitOverride();
  addAuditCommands(command);
  addTail(command);
  return command;
}

test('its options are those of its filters', () => {
  const helpOf = (name: string) =>
    program()
      .commands.find((one) => one.name() === name)!
      .helpInformation()
      .replaceAll(/\s+/g, ' ');
  expect(helpOf('holders')).toContain('--room <name> with --module example: only in this room');
  // One that two modules have is there once.
  expect(helpOf('holders')).toContain(
    '--group <name> only members of this group; with --module example: only of this kind',
  );
  expect(helpOf('holders')).toContain('example: instruments');
  expect(helpOf('tail')).toContain('--instrument <name> only what happens to this instrument');
  expect(helpOf('history')).toContain('an instrument by its name');
});

test.each([
  [['history', 'lens-1'], '/audit/instruments/lens-1/history'],
  [['holders', '--module', 'example', '--room', 'attic'], 'room=attic'],
  [['holders', '--module', 'example', '--group', 'blue'], '/audit/holders?group=blue&module=example&'],
  [['at', '7', 'lens-1', '--module', 'example'], 'at=7&module=example&instruments=lens-1'],
])('%j asks for %s', async (args, path) => {
  asked.splice(0);
  await program().parseAsync([...args, '--server', url], { from: 'user' });
  expect(asked).toEqual([expect.stringContaining(path)]);
});

test('a filter of the module that is asked about is looked at by no other', async () => {
  asked.splice(0);
  await program().parseAsync(['holders', '--group', 'blue', '--server', url], { from: 'user' });
  expect(asked).toEqual(['/hsm/v2/groups', expect.stringMatching(/^\/audit\/holders\?group=blue&limit=/)]);
});

test('its histories have the columns that it says, beside those of all', async () => {
  printed = '';
  await program().parseAsync(['history', 'lens-1', '--server', url], { from: 'user' });
  const [headings, row] = printed.split('\n').map((line) => line.split(/\s+/));
  expect(headings).toContain('CLAIM');
  expect(row![headings!.indexOf('CLAIM')]).toBe('c1');
});
