import { type Injector, jsonOf } from '../../../support/injector.js';
import { withoutTokens } from './added.js';
import { dataFile, hsmBase, loadFixture, releaseEverything } from './loading.js';

/**
 * Replays what hms-smd really answered, step by step, and compares. UUIDs and times are wildcards and arrays are sets.
 * A difference is allowed only where it is listed, with the number of the contract's D1 to D15 that explains it and
 * with what we answer instead; one that is listed and does not differ is reported too.
 */
export interface Recorded {
  scenario: string;
  steps: RecordedStep[];
}

interface RecordedStep {
  name: string;
  request: { method: string; path: string; body: unknown };
  capture: Record<string, string> | null;
  response: Shown;
}

/** A response with its wildcards put in. */
export interface Shown {
  status: number;
  /** Null: none. */
  contentType?: string | null | undefined;
  /** Where it was recorded. */
  location?: string;
  body: unknown;
}

export interface Difference {
  scenario: string;
  step: string;
  /** The number in the contract's table of what we do differently on purpose. */
  because: `D${number}`;
  ours: { status: number; body: unknown };
}

export interface Finding {
  scenario: string;
  step: string;
  problem:
    | 'differs'
    | 'listed, but does not differ'
    | 'differs in another way than listed'
    | 'listed, but there is no such step'
    | `FencingToken: ${string}`;
  recorded?: Shown;
  ours?: Shown;
}

export interface Replayed {
  steps: number;
  findings: Finding[];
}

export async function replayRecorded(
  inject: Injector,
  differences: readonly Difference[],
  file: 'recorded.json' | 'inventory.json' = 'recorded.json',
): Promise<Replayed> {
  const scenarios = dataFile<Recorded[]>(file);
  await loadFixture(inject);
  const findings: Finding[] = [];
  let steps = 0;
  for (const { scenario, steps: recorded } of scenarios) {
    await releaseEverything(inject);
    const captured = new Map<string, string>();
    for (const step of recorded) {
      steps += 1;
      const answered = await send(inject, step, captured);
      const { body, wrong } = withoutTokens(step.request.path, answered.body);
      if (wrong !== null) findings.push({ scenario, step: step.name, problem: wrong });
      const ours = { ...answered, body };
      const listed = differences.find((one) => one.scenario === scenario && one.step === step.name);
      const problem = judge(step.response, ours, listed);
      if (problem !== null) {
        findings.push({ scenario, step: step.name, problem, recorded: wild(step.response), ours: wild(ours) });
      }
    }
  }
  const known = new Set(scenarios.flatMap(({ scenario, steps: all }) => all.map(({ name }) => `${scenario} ${name}`)));
  for (const { scenario, step } of differences) {
    if (!known.has(`${scenario} ${step}`))
      findings.push({ scenario, step, problem: 'listed, but there is no such step' });
  }
  return { steps, findings };
}

async function send(inject: Injector, step: RecordedStep, captured: Map<string, string>): Promise<Shown> {
  const { method, path, body } = step.request;
  // A text stands for a body that is not what it should be, and is sent as it is.
  const text = body === null || typeof body === 'string' ? body : JSON.stringify(body);
  const response = await inject({
    method,
    path: `${hsmBase}${path}`,
    ...(text === null ? {} : { body: fill(text, captured) }),
    headers: { 'content-type': step.name === 'wrong content type' ? 'text/plain' : 'application/json' },
  });
  const { location } = response.headers;
  const shown: Shown = {
    status: response.status,
    contentType: response.contentType,
    body: jsonOf(response),
    ...(step.response.location === undefined ? {} : { location: String(location) }),
  };
  // The recorder wrote null for nothing, and some recorded answers of nothing name a type for it.
  if (step.response.body === null && response.text === '') {
    shown.body = null;
    shown.contentType = step.response.contentType;
  }
  for (const [name, from] of Object.entries(step.capture ?? {})) captured.set(name, pick(shown.body, from));
  return shown;
}

/** `{rkA}` is a captured value, `{rkA^}` the same in upper case. */
function fill(text: string, captured: Map<string, string>): string {
  return text.replace(/\{(\w+)(\^?)\}/g, (whole, name: string, upper: string) => {
    const value = captured.get(name);
    if (value === undefined) return whole;
    return upper === '^' ? value.toUpperCase() : value;
  });
}

/** `Success[x0c0s0b0n0].ReservationKey`: of the member of that list with this ID. */
function pick(body: unknown, from: string): string {
  const [, list, id, field] = /^(\w+)\[(\w+)\]\.(\w+)$/.exec(from) ?? [];
  const members = (body as Record<string, Record<string, string>[] | undefined>)[list ?? ''];
  return members?.find((member) => member.ID === id)?.[field ?? ''] ?? `(nothing was captured from ${from})`;
}

function judge(recorded: Shown, ours: Shown, listed: Difference | undefined): Finding['problem'] | null {
  if (same(recorded, ours)) return listed === undefined ? null : 'listed, but does not differ';
  if (listed === undefined) return 'differs';
  return same(listed.ours, { status: ours.status, body: ours.body }) ? null : 'differs in another way than listed';
}

function same(a: Shown, b: Shown): boolean {
  return JSON.stringify(wild(a)) === JSON.stringify(wild(b));
}

const wildcards: [RegExp, string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '(uuid)'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '(time)'],
];

/** Wildcards put in, members and lists in one order. */
function wild<T>(value: T): T {
  if (typeof value === 'string')
    return wildcards.reduce((text, [pattern, name]) => text.replace(pattern, name), value as string) as T;
  if (Array.isArray(value)) {
    const items = value.map((item) => wild(item));
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) as T;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, wild(member)]),
  ) as T;
}
