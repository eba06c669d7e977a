import { expect, test } from 'vitest';
import { loadNodes, serviceFor, xnames } from '../../test/support/service.js';
import { apiLimits } from './limits.js';
import { AnswerPieces, Pieces } from './pieces.js';

const { answerPieceBytes } = apiLimits;

test('a text that is made bit by bit comes in pieces that are all of it, also where one is cut within a character', async () => {
  const bits = ['€'.repeat(answerPieceBytes), 'x', '', 'é'.repeat(answerPieceBytes - 1), 'y'.repeat(10)];
  const text = new Pieces();
  for (const bit of bits) text.add(bit);
  const pieces = text.end();
  expect(Math.max(...pieces.map(({ length }) => length))).toBe(answerPieceBytes);
  const answer = new AnswerPieces(pieces);
  const came = await answer.toArray();
  expect(Buffer.concat(came).toString()).toBe(bits.join(''));
  expect(answer.bytes).toBe(Buffer.byteLength(bits.join('')));
});

test('nothing is no piece', () => {
  expect(new Pieces().end()).toEqual([]);
});

test('an answer says how long it is, in pieces or whole, also where only its header is asked for', async () => {
  const service = await serviceFor();
  try {
    await loadNodes(service.url, xnames(2_000));
    const [first, second] = await Promise.all(
      ['/hsm/v2/locks/status', '/openapi/audit.yaml'].map(async (path) => {
        const answer = await fetch(service.url + path);
        const { headers } = await fetch(service.url + path, { method: 'HEAD' });
        const { length } = Buffer.from(await answer.arrayBuffer());
        return { length, told: [answer.headers, headers].map((each) => Number(each.get('content-length'))) };
      }),
    );
    expect(first!.length).toBeGreaterThan(2 * answerPieceBytes);
    expect(second!.length).toBeLessThan(answerPieceBytes);
    expect([first!.told, second!.told]).toEqual([first!, second!].map(({ length }) => [length, length]));
  } finally {
    await service.close();
  }
});
