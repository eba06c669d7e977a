import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cliModules } from '../modules.js';
import { addAuditCommands } from './audit.js';

/* Lists that come in pages: as JSON all of it, for people the first rows and that there are more. */

const entries = Array.from({ length: 2_345 }, (_, n) => ({
  Sequence: 5_000 - n,
  Time: '2026-11-21T09:28:38.250Z',
  Type: 'thing.Claimed',
  Text: `locked ${n}`,
  ID: `x0c0s0b${n}`,
  Lock: { Since: '2026-11-21T09:28:38.250Z' },
  Reservation: null,
  ProjectID: 'p',
  Allocations: [{ Provider: 'a', Resources: [{ ResourceClass: 'VCPU', Amount: n }] }],
}));

let server: Server;
let count: number;
let printed: string;
beforeEach(async () => {
  [count, printed] = [entries.length, ''];
  server = createServer((request, response) => {
    const { searchParams } = new URL(request.url!, 'http://a');
    const [limit, from] = [Number(searchParams.get('limit')), Number(searchParams.get('cursor') ?? 0)];
    const to = Math.min(count, from + limit);
    const rows = entries.slice(from, to);
    response.end(JSON.stringify({ Entries: rows, Holders: rows, Next: to < count ? String(to) : null }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  server.close();
  vi.restoreAllMocks();
});

async function run(...args: string[]): Promise<string> {
  printed = '';
  const program = new Command().exitOverride();
  addAuditCommands(program);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await program.parseAsync([...args, '--server', url], { from: 'user' });
  return printed;
}

const lists = [
  ['history', 'x0c0s0b0'],
  ['history', 'a'.repeat(32)],
  ['holders'],
  ['holders', '--module', cliModules[1]!.name],
];

test.each(lists)('%s %s: JSON is the whole list, of none, one page and several', async (...args) => {
  for (const length of [0, 1, 20, 21, 1_000, 1_001, entries.length]) {
    count = length;
    expect(JSON.parse(await run(...args, '--json'))).toEqual(entries.slice(0, length));
  }
});

test.each(lists)('%s %s: what people see says whether there is more', async (...args) => {
  const more = '... and more (--all shows them)';
  count = 20;
  expect(await run(...args)).not.toContain(more);
  count = 21;
  const cut = await run(...args);
  expect(cut).toContain(more);
  expect(cut.split('\n').filter((line) => /2026-11-21/.test(line)).length).toBeLessThanOrEqual(20);
  const all = await run(...args, '--all');
  expect(all).not.toContain(more);
  expect(all.match(/x0c0s0b20\b|locked 20\b/)).not.toBeNull();
});
