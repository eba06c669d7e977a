import { readFileSync } from 'node:fs';
import { nodeRuntime } from '@holdfast/log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newLog, type RunningService, serve } from '../../history/service.js';

/*
 * What the real Placement answered, step by step from an empty server: record.py wrote it down, and asks it again. Every
 * difference is named here, with its reason.
 */

interface Step {
  asks: [method: string, path: string, version: string, body?: unknown];
  status: number;
  answer: unknown;
}
type Answer = Pick<Step, 'status' | 'answer'>;

const as = (status: number, answer: unknown): Answer => ({ status, answer });
const uuid = 'aaaaaaaa-0000-4000-8000-000000000002';

/** Ours where it is another, by file and `METHOD path version`. */
const differences: Readonly<Record<string, Readonly<Record<string, Answer>>>> = {
  'queries.json': {
    // What cannot be stored is no name: a text with U+0000 is 400 everywhere.
    'GET /resource_providers?name=h%00t 1.39': as(
      400,
      "Invalid query string parameters: 'h\0t' holds a character that cannot be stored",
    ),
    // The words of Python's codec.
    'GET /resource_providers?name=%ff 1.39': as(400, 'Invalid query string parameters: they are no UTF-8'),
    // It fails.
    'GET /usages?project_id=%ff 1.38': as(400, 'Invalid query string parameters: they are no UTF-8'),
    'GET /resource_providers?resources=VCPU:99999999999999999999 1.39': as(
      400,
      'Requested resource VCPU expected positive integer amount. Got: 99999999999999999999.',
    ),
    // Python reads 1_0 as ten.
    'GET /resource_providers?resources=VCPU:1_0 1.39': as(
      400,
      'Requested resource VCPU expected positive integer amount. Got: 1_0.',
    ),
    // A long value is shown in part.
    [`GET /usages?project_id=${'p'.repeat(256)} 1.9`]: as(
      400,
      `Invalid query string parameters: '${'p'.repeat(199)}... is too long`,
    ),
    // Python shows a line break as \n; the detail is one line.
    ...Object.fromEntries(
      ['uuid', 'in_tree'].map((name) => [
        `GET /resource_providers?${name}=${uuid}%0A 1.39`,
        as(400, `Invalid query string parameters: '${uuid} ' is not a 'uuid'`),
      ]),
    ),
  },
};

describe.each(['queries.json'])('%s', (file) => {
  const { steps } = JSON.parse(
    readFileSync(new URL(`../../../test/conformance/placement/recorded/${file}`, import.meta.url), 'utf8'),
  ) as { steps: Step[] };
  const ours = differences[file]!;
  let service: RunningService;
  beforeAll(async () => {
    service = await serve(newLog(nodeRuntime), nodeRuntime, []);
  });
  afterAll(() => service.close());

  test.each(steps.map((step, n) => [`${n} ${nameOf(step)}`, step] as const))('%s', async (_, step) => {
    const [method, path, version, body] = step.asks;
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers: Record<string, string> = {
      'x-auth-token': 'admin',
      'openstack-api-version': `placement ${version}`,
    };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const { status, text } = await service.inject({ method, path, headers, ...sent });
    const { status: expected, answer } = ours[nameOf(step)] ?? step;
    expect({ status, answer: text === '' ? null : shown(JSON.parse(text)) }).toEqual({ status: expected, answer });
  });

  test('every difference is one of a step, and one', () => {
    for (const [name, { status, answer }] of Object.entries(ours)) {
      const step = steps.find((one) => nameOf(one) === name);
      expect(step, name).toBeDefined();
      expect({ status: step!.status, answer: step!.answer }, name).not.toEqual({ status, answer });
    }
  });
});

function nameOf({ asks: [method, path, version] }: Step): string {
  return `${method} ${path} ${version}`;
}

/** As record.py shows an answer. */
function shown(body: { errors?: [{ detail: string }]; resource_providers?: { name: string }[] }): unknown {
  if (body.errors !== undefined) {
    const [, words = ''] = /\n\n (.*)$/s.exec(body.errors[0].detail) ?? [];
    return words.split(/ {2}Failed validating/)[0]!.trim();
  }
  return body.resource_providers?.map(({ name }) => name).sort() ?? body;
}
