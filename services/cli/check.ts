import { access, constants, statfs } from 'node:fs/promises';
import { shardSecret } from '@holdfast/events';
import { checkKafka, problemLine, reachRegistry } from '@holdfast/log-kafka';
import { networkFileSystem } from '@holdfast/log-lmdb';
import { checkPostgres } from '@holdfast/projections';
import { shardName, shardPartition } from '@holdfast/shard/shard-name';
import { wordsOf } from './exit-codes.js';
import { embeddedFingerprint, kafkaFingerprint } from './fingerprint.js';
import { hasEmbeddedLog } from './log.js';
import { requireFirstStart } from './lost-log.js';
import { placeFor } from './place.js';
import { portProblem } from './port.js';
import { exposedSecret } from './private.js';
import { hasSecret, readSecret, secretIn } from './secret.js';
import type { ServiceSettings } from './service.js';
import { requireFinished } from './unfinished.js';

/** How long one check may take. */
const checkMs = 10_000;

/** What the settings do not say of files that they were read from. */
export interface FilesGiven {
  tokens: { file: string; count: number; problem: string | null } | null;
  /** Files with secrets that the options name. */
  secretFiles: readonly string[];
}

interface CheckResult {
  well: boolean;
  lines: string[];
}

/**
 * Tests every connection and setting as a start would find it; tells each result. Gives whether all are well. Writes
 * and makes nothing anywhere.
 */
export async function checkService(
  settings: ServiceSettings,
  say: (line: string) => void,
  { tokens, secretFiles }: FilesGiven = { tokens: null, secretFiles: [] },
): Promise<boolean> {
  const { kafka, postgres, data, host, port } = settings;
  const results: CheckResult[] = [];
  const run = async (name: string, test: () => Promise<string[]>) => {
    const result = await check(name, test);
    for (const line of result.lines) say(line);
    results.push(result);
    return result.well;
  };
  if (tokens !== null) {
    const { file, count, problem } = tokens;
    await run(`tokens (${file}: ${count})`, async () => (problem === null ? [] : [problem]));
  }
  await run(`port ${port} of ${host}`, async () => listed(await portProblem({ host, port })));
  let reached = true;
  if (data !== null) reached = await run(`data directory ${data}`, () => directory(settings, data));
  if (kafka !== null) {
    const { registry } = kafka;
    reached = await run('kafka', () => brokers(kafka));
    if (registry !== null) reached = (await run('registry', () => reachRegistry(registry).then(() => []))) && reached;
  }
  if (postgres !== null) await run('postgres', () => checkPostgres(postgres).then(() => []));
  if (makesKeys(settings))
    await run(reached ? 'secret' : 'secret (not compared with the log)', () => secret(settings, reached));
  for (const file of secretFiles) {
    const exposed = await exposedSecret(file);
    if (exposed !== null) say(`note     ${exposed}`);
  }
  return results.every(({ well }) => well);
}

async function check(name: string, test: () => Promise<string[]>): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve([`no answer within ${checkMs / 1_000} s`]), checkMs);
  });
  const problems = await Promise.race([test(), late]).catch((error: unknown) => [wordsOf(error)]);
  clearTimeout(timer);
  const lines = problems.length === 0 ? [`ok       ${name}`] : problems.map((why) => `problem  ${name}: ${why}`);
  return { well: problems.length === 0, lines };
}

function listed(problem: string | null): string[] {
  return problem === null ? [] : [problem];
}

/** Who only projects has no use for a secret. */
function makesKeys({ roles, data, secretFile }: ServiceSettings): boolean {
  return (data !== null || secretFile !== null) && roles.some((role) => role !== 'projector');
}

/** What a start does there, and what it would meet. A directory that is missing is made by it. */
async function directory(settings: ServiceSettings, data: string): Promise<string[]> {
  const { kafka, reserveBytes = 0, allowNetworkFs = false } = settings;
  const there = await placeFor(data);
  const may = constants.R_OK | constants.W_OK | constants.X_OK;
  const mayNot = await access(there, may).then(
    () => null,
    ({ code }: NodeJS.ErrnoException) =>
      code === 'EROFS'
        ? `${there} is on a disk that is read-only`
        : `this user may not write to ${there}: change its owner or mode, or choose another --data`,
  );
  if (mayNot !== null) return [mayNot];
  if (kafka === null) {
    const network = await networkFileSystem(there);
    if (network !== null && !allowNetworkFs) {
      return [
        `${there} is on ${network}, which other hosts may reach: choose a local disk, or give --allow-network-fs`,
      ];
    }
    const { bavail, bsize } = await statfs(there);
    if (bavail * bsize < reserveBytes) {
      return [`less is free on the disk of ${there} than --disk-reserve-mb: changes would be refused`];
    }
  }
  await requireFinished(data);
  if (kafka === null && !hasEmbeddedLog(data)) await requireFirstStart(settings, shardName);
  // Another process may have it, or it is damaged: that is no fault of the secret, which is compared with it.
  if (kafka === null) await embeddedFingerprint(data);
  return [];
}

/** What keys are made from, and whether the log was begun with it. */
async function secret({ data, secretFile, kafka }: ServiceSettings, reached: boolean): Promise<string[]> {
  const file = secretFile ?? secretIn(data!);
  const own = secretFile !== null || hasSecret(data!) ? shardSecret(await readSecret(file)).fingerprint : null;
  // What is wrong with the log or its directory has its own line.
  if (!reached) return [];
  const opened = kafka === null ? await embeddedFingerprint(data!) : await kafkaFingerprint(kafka, data);
  if (opened === null || opened === own) return [];
  if (own === null) {
    return [
      `${file} is not there, and the log was begun with a secret: put it there, or name its file with --secret-file`,
    ];
  }
  return [`${file} is another secret (fingerprint ${own}) than the log was begun with (${opened}): give that one`];
}

async function brokers(kafka: NonNullable<ServiceSettings['kafka']>): Promise<string[]> {
  const { registry: _, shards, ...reach } = kafka;
  const which = { partition: shardPartition, partitions: shards };
  return (await checkKafka({ ...reach, ...which, clientId: 'holdfast-check' })).map(problemLine);
}
