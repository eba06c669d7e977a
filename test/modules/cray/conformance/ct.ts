import { type Injector, jsonOf } from '../../../support/injector.js';
import { withoutTokens } from './added.js';
import { dataFile, hsmBase, loadFixture, releaseEverything } from './loading.js';

/** Runs the implementation's own integration suite: sequential cases, each with a pattern for its answer. */
interface Case {
  name: string;
  suite: string;
  seq: number;
  method: string;
  path: string;
  body: unknown;
  /** Null: anything but a fault of the server. */
  expectedStatus: number | null;
  expectedBody: unknown;
  comparisons: { jmespath: string; operator: string; expected: unknown }[];
  save: Record<string, string> | null;
}

export interface CtDifference {
  suite: string;
  seq: number;
  because: `D${number}`;
  /** Members of the answer that the pattern does not have. */
  extraMembers: string[];
}

/** Runs every case; gives how many there were, and what was wrong. */
export async function runCtCases(
  inject: Injector,
  differences: readonly CtDifference[],
): Promise<{ cases: number; findings: string[] }> {
  const cases = dataFile<Case[]>('ct-cases.json');
  await loadFixture(inject);
  await releaseEverything(inject);
  const findings: string[] = [];
  const saved = new Map<string, unknown>();
  const used = new Set<CtDifference>();
  for (const one of cases) {
    const listed = differences.find(({ suite, seq }) => suite === one.suite && seq === one.seq);
    const wrong = await runCase(inject, one, saved, listed);
    if (wrong.extra && listed) used.add(listed);
    findings.push(...wrong.findings.map((text) => `${one.suite} ${one.seq} ${one.name}: ${text}`));
  }
  for (const listed of differences) {
    if (!used.has(listed)) findings.push(`${listed.suite} ${listed.seq}: listed, but does not differ`);
  }
  return { cases: cases.length, findings };
}

async function runCase(
  inject: Injector,
  one: Case,
  saved: Map<string, unknown>,
  listed: CtDifference | undefined,
): Promise<{ findings: string[]; extra: boolean }> {
  const findings: string[] = [];
  const response = await inject({
    method: one.method,
    path: `${hsmBase}${one.path}`,
    ...(one.body === null ? {} : { body: fillText(JSON.stringify(one.body), saved) }),
    headers: { 'content-type': 'application/json' },
  });
  const fine = one.expectedStatus === null ? response.status < 500 : response.status === one.expectedStatus;
  if (!fine) findings.push(`status ${response.status} for ${one.expectedStatus}: ${response.text}`);
  let body = response.text === '' ? null : jsonOf(response);
  for (const { jmespath, operator, expected } of one.comparisons) {
    if (operator !== 'eq') throw new Error(`no operator ${operator}`);
    const length = lengthAt(body, jmespath);
    if (length !== expected) findings.push(`${jmespath} is ${length} for ${expected}`);
  }
  for (const [name, from] of Object.entries(one.save ?? {})) saved.set(name, memberAt(body, from));
  if (body !== null) {
    const { body: rest, wrong } = withoutTokens(one.path, body);
    if (wrong !== null) findings.push(wrong);
    body = rest;
  }
  const full = body;
  if (listed !== undefined) body = without(body, listed.extraMembers);
  if (one.expectedBody !== null) findings.push(...mismatches(one.expectedBody, body, saved, ''));
  return { findings, extra: JSON.stringify(full) !== JSON.stringify(body) };
}

function without(body: unknown, members: string[]): unknown {
  return Object.fromEntries(Object.entries(body as object).filter(([name]) => !members.includes(name)));
}

/** `{key_data_0.ID}` in a text. */
function fillText(text: string, saved: Map<string, unknown>): string {
  return text.replace(/\{(\w+)\.(\w+)\}/g, (whole, name: string, field: string) => {
    const value = (saved.get(name) as Record<string, string> | undefined)?.[field];
    return value ?? whole;
  });
}

/** `Success[0]`. */
function memberAt(body: unknown, path: string): unknown {
  const [, list, index] = /^(\w+)\[(\d+)\]$/.exec(path) ?? [];
  return (body as Record<string, unknown[] | undefined>)[list ?? '']?.[Number(index)];
}

/** `length(@.Success.ComponentIDs)`. */
function lengthAt(body: unknown, path: string): number | undefined {
  const inner = /^length\(@\.([\w.]+)\)$/.exec(path)?.[1];
  if (inner === undefined) throw new Error(`no way to evaluate ${path}`);
  const at = inner.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], body);
  return Array.isArray(at) ? at.length : undefined;
}

/** Where a value does not fit a pattern of `$each`, `$enum`, `$type`, and `Name?` for members that may be absent. */
function mismatches(pattern: unknown, value: unknown, saved: Map<string, unknown>, at: string): string[] {
  if (typeof pattern === 'string') {
    return fillText(pattern, saved) === value
      ? []
      : [`${at} is ${JSON.stringify(value)} for ${fillText(pattern, saved)}`];
  }
  if (typeof pattern !== 'object' || pattern === null) {
    return pattern === value ? [] : [`${at} is ${JSON.stringify(value)} for ${JSON.stringify(pattern)}`];
  }
  const { $each, $enum, $type } = pattern as { $each?: unknown; $enum?: string[]; $type?: string };
  if ($each !== undefined) {
    if (!Array.isArray(value)) return [`${at} is not a list`];
    return value.flatMap((item, n) => mismatches($each, item, saved, `${at}/${n}`));
  }
  if ($enum !== undefined) {
    const allowed = $enum.map((text) => fillText(text, saved));
    return allowed.includes(value as string) ? [] : [`${at} is ${JSON.stringify(value)}, none of ${allowed}`];
  }
  if ($type !== undefined) {
    if ($type !== 'str') throw new Error(`no type ${$type}`);
    return typeof value === 'string' ? [] : [`${at} is no text`];
  }
  return memberMismatches(pattern as Record<string, unknown>, value, saved, at);
}

function memberMismatches(
  pattern: Record<string, unknown>,
  value: unknown,
  saved: Map<string, unknown>,
  at: string,
): string[] {
  if (typeof value !== 'object' || value === null) return [`${at} is no object`];
  const members = value as Record<string, unknown>;
  const names = new Map(Object.keys(pattern).map((name) => [name.replace(/\?$/, ''), name]));
  const extra = Object.keys(members).filter((name) => !names.has(name));
  const findings = extra.map((name) => `${at}/${name} is not in the pattern`);
  for (const [name, spelled] of names) {
    if (Object.hasOwn(members, name))
      findings.push(...mismatches(pattern[spelled], members[name], saved, `${at}/${name}`));
    else if (!spelled.endsWith('?')) findings.push(`${at}/${name} is absent`);
  }
  return findings;
}
