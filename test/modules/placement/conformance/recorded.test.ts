import { readFileSync } from 'node:fs';
import { standardTraits } from '@holdfast/events/placement/standard-traits';
import { nodeRuntime } from '@holdfast/log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newLog, type RunningService, serve } from '../../../history/service.js';

/*
 * What the real Placement answered, step by step from an empty server: record.py wrote it down, and asks it again.
 * Every difference is named here, with its reason.
 */

interface Step {
  asks: [method: string, path: string, version: string, body?: unknown];
  status: number;
  answer: unknown;
}
type Answer = Pick<Step, 'status' | 'answer'>;

const as = (status: number, answer: unknown): Answer => ({ status, answer });
const uuid = 'aaaaaaaa-0000-4000-8000-000000000002';
const aggregate = 'bbbbbbbb-0000-4000-8000-000000000001';

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
  'aggregates-and-traits.json': {
    // An aggregate has one name, however it is spelled.
    ...Object.fromEntries(
      [aggregate.toUpperCase(), aggregate.replaceAll('-', ''), `urn:uuid:${aggregate}`].map((spelled) => [
        `GET /resource_providers?member_of=${spelled} 1.39`,
        as(200, ['host', 'rack']),
      ]),
    ),
    // UTF-8 that is shown as Latin-1.
    'GET /traits/CUSTOM_%C3%84 1.39': as(404, 'No such trait(s): CUSTOM_Ä.'),
    // A long value is shown in part.
    [`PUT /resource_providers/aaaaaaaa-0000-4000-8000-000000000001/traits 1.39 ${'A'.repeat(256)}`]: as(
      400,
      `JSON does not validate: '${'A'.repeat(199)}... is too long`,
    ),
    // What a name begins with is compared as it is. There it is a pattern of LIKE, and in SQLite of any case.
    'GET /traits?name=startswith:custom_ 1.39': as(200, { traits: [] }),
    'GET /traits?name=startswith:CUSTOM_%25 1.39': as(200, { traits: [] }),
    'GET /traits?name=startswith:CUSTOM__ 1.39': as(200, { traits: ['CUSTOM__'] }),
    'GET /traits?name=startswith:%25_AVX 1.39': as(200, { traits: [] }),
    // What is neither `in` nor `startswith` is passed over, so that every trait is an answer.
    ...Object.fromEntries(
      ['other:HW', ':HW', 'IN:CUSTOM_A'].map((name) => [
        `GET /traits?name=${name} 1.39`,
        as(
          400,
          `Badly formatted name parameter. Expected name query string parameter in form: ?name=[in|startswith]:[name1,name2|prefix]. Got: "${name}"`,
        ),
      ]),
    ),
    // As above.
    'GET /traits?name=%ff 1.39': as(400, 'Invalid query string parameters: they are no UTF-8'),
    'GET /traits?name=in:%00 1.39': as(
      400,
      "Invalid query string parameters: 'in:\0' holds a character that cannot be stored",
    ),
    // What there is not is 400 also where something else leaves nothing over.
    'GET /resource_providers?in_tree=aaaaaaaa-0000-4000-8000-000000000009&required=CUSTOM_NONE 1.39': as(
      400,
      'Invalid trait(s) in "required" parameter: No such trait(s): CUSTOM_NONE.',
    ),
    'GET /resource_providers?resources=NOTHING:1&required=HW_CPU_X86_SSE 1.39': as(
      400,
      'Invalid resource class in resources parameter: No such resource class NOTHING.',
    ),
  },
};

describe.each(['queries.json', 'aggregates-and-traits.json'])('%s', (file) => {
  const { steps } = recordedIn(file);
  const ours = differences[file] ?? {};
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

test('the standard traits are those that the real one has', () => {
  const { steps } = recordedIn('aggregates-and-traits.json');
  // It passes this name over, and so lists all of them.
  const all = steps.find((step) => nameOf(step) === 'GET /traits?name=other:HW 1.39')!.answer as { traits: string[] };
  expect([...standardTraits].sort()).toEqual(all.traits.filter((name) => !name.startsWith('CUSTOM_')));
});

function recordedIn(file: string): { steps: Step[] } {
  const at = new URL(`recorded/${file}`, import.meta.url);
  return JSON.parse(readFileSync(at, 'utf8')) as { steps: Step[] };
}

/** With the trait that a body has, where it is a long one. */
function nameOf({ asks: [method, path, version, body] }: Step): string {
  const [long] = /A{200,}/.exec(JSON.stringify(body) ?? '') ?? [];
  return `${method} ${path} ${version}${long === undefined ? '' : ` ${long}`}`;
}

/** As record.py shows an answer. */
function shown(body: { errors?: [{ detail: string }]; resource_providers?: { name: string }[] }): unknown {
  if (body.errors !== undefined) {
    const [, words = ''] = /\n\n (.*)$/s.exec(body.errors[0].detail) ?? [];
    return words.split(/ {2}Failed validating/)[0]!.trim();
  }
  if (body.resource_providers !== undefined) return body.resource_providers.map(({ name }) => name).sort();
  const sets = new Set(['traits', 'aggregates']);
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      sets.has(name) ? [...(value as unknown as string[])].sort() : value,
    ]),
  );
}
