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

const event = (Sequence: number) => `${JSON.stringify({ Sequence, Type: 'cray.ComponentLocked', Text: 'locked' })}\n`;
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
  await expect(tail({ server: url, from: '-10', follow: true }, 1)).rejects.toThrow(/enough/);
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
