import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { tail } from './tail.js';

let server: Server | null = null;
afterEach(() => {
  server?.close();
  vi.restoreAllMocks();
});

/** Answers one request after the other; keeps what it was asked for. */
async function answering(...answers: ((response: ServerResponse) => void)[]) {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(new URL(request.url!, 'http://a').searchParams.get('from')!);
    answers.shift()!(response);
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const printed: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, printed };
}

const event = (Sequence: number) => `${JSON.stringify({ Sequence, Type: 'thing.Claimed', Text: 'locked' })}\n`;
const begun = (response: ServerResponse) => response.writeHead(200, { 'holdfast-sequence': '20' });
const enough = (response: ServerResponse) => response.writeHead(400).end('{"detail":"enough"}');

test('a connection that breaks is made again, from the event after the last that was whole', async () => {
  const { url, asked, printed } = await answering(
    (response) => begun(response).write(`\n${event(11)}${event(12).slice(0, 20)}`, () => response.destroy()),
    (response) => response.writeHead(503).end(),
    (response) => begun(response).end(event(12)),
    enough,
  );
  await expect(tail({ server: url, from: '-10', follow: true, json: true }, 1)).rejects.toThrow(/enough/);
  expect(asked).toEqual(['-10', '12', '12', '13']);
  expect(printed).toEqual([event(11), event(12)]);
});

test('where nothing was shown yet, it goes on from where it began', async () => {
  const { url, asked } = await answering((response) => begun(response).end('\n'), enough);
  await expect(tail({ server: url, from: '-10', follow: true, ticks: true }, 1)).rejects.toThrow(/enough/);
  expect(asked).toEqual(['-10', '11']);
});

test('without a server it ends at once, and so it does where the stream is not to go on', async () => {
  await expect(tail({ server: 'http://127.0.0.1:1', from: '1', follow: true }, 1)).rejects.toThrow(
    /is Holdfast running/,
  );
  const { url, asked } = await answering((response) => begun(response).end(event(1)));
  await tail({ server: url, from: '1', follow: false, json: true }, 1);
  expect(asked).toEqual(['1']);
});

/** A log of ticks, with what somebody did at some sequences, as the audit streams it. */
async function quietLog(length: number, done: readonly number[]) {
  let sent = 0;
  server = createServer((request, response) => {
    const { searchParams } = new URL(request.url!, 'http://a');
    const given = Number(searchParams.get('from'));
    const first = given < 0 ? Math.max(1, length + 1 + given) : given;
    const until = Number(searchParams.get('until') ?? length);
    response.writeHead(200, { 'holdfast-sequence': String(length) });
    const lines: string[] = [];
    for (let Sequence = first; Sequence <= until; Sequence++, sent++) {
      const isDone = done.includes(Sequence);
      const Type = isDone ? 'thing.Claimed' : 'engine.RequestDecided';
      const Request = { Command: isDone ? 'thing.ClaimRequested' : 'engine.Tick' };
      lines.push(JSON.stringify({ Sequence, Time: 'then', Type, Text: Type, Request }));
    }
    response.write(`${lines.join('\n')}\n`);
    response.end();
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const [printed, complaints]: string[][] = [[], []];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed!.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => complaints!.push(String(text)) > 0);
  const shown = () => printed!.map((line) => Number(line.trim().split(/\s+/)[0]));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, printed: printed!, complaints: complaints!, shown, sent: () => sent };
}

test('on a quiet service it shows the last events that are not ticks, however long ago', async () => {
  const done = [2, 3, 5, ...Array.from({ length: 9 }, (_, n) => 40 + n)];
  const { url, shown } = await quietLog(5_000, done);
  await tail({ server: url, from: '-10', follow: false });
  expect(shown()).toEqual(done.slice(-10));
});

test('a log with fewer of them shows all, and an empty one nothing', async () => {
  const { url, shown } = await quietLog(700, [3, 699]);
  await tail({ server: url, from: '-10', follow: false });
  expect(shown()).toEqual([3, 699]);
  server?.close();
  vi.restoreAllMocks();
  const empty = await quietLog(0, []);
  await tail({ server: empty.url, from: '-10', follow: false });
  expect([empty.printed, empty.complaints]).toEqual([[], []]);
});

test('--ticks shows them, and so does --json', async () => {
  const { url, printed } = await quietLog(50, [3]);
  await tail({ server: url, from: '-10', follow: false, ticks: true });
  expect(printed).toHaveLength(10);
  await tail({ server: url, from: '-10', follow: false, json: true });
  expect(printed.slice(10).map((line) => JSON.parse(line).Sequence)).toEqual(
    Array.from({ length: 10 }, (_, n) => 41 + n),
  );
});

test('it does not read the whole log for what may not be there, and says so', async () => {
  const { url, complaints, sent } = await quietLog(260_000, [7]);
  await tail({ server: url, from: '-10', follow: false });
  expect(complaints.join('')).toMatch(/the last 200,000 events have 0 of that: --from 1 shows all/);
  expect(sent()).toBeLessThan(400_000);
}, 60_000);
