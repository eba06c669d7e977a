import { access, constants, mkdir } from 'node:fs/promises';
import { silentLogger } from '@holdfast/log';
import { checkKafka, problemLine, type RegistrySettings, reachRegistry } from '@holdfast/log-kafka';
import { openPostgres } from '@holdfast/projections';
import type { ServiceSettings } from './service.js';

/** How long one check may take. */
const checkMs = 10_000;

/** Tests every connection and setting; tells each result. Gives whether all are well. Writes nothing but an empty data directory. */
export async function checkService(settings: ServiceSettings, say: (line: string) => void): Promise<boolean> {
  const { kafka, postgres, data } = settings;
  const results = [
    kafka === null
      ? await check(`data directory ${data}`, () => directory(data))
      : await check('kafka', () => brokers(kafka)),
    ...(kafka?.registry == null ? [] : [await check('registry', () => registry(kafka.registry!))]),
    ...(postgres === null ? [] : [await check('postgres', () => server(postgres))]),
  ];
  for (const { line } of results) say(line);
  return results.every(({ well }) => well);
}

async function check(name: string, test: () => Promise<string[]>): Promise<{ well: boolean; line: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve([`no answer within ${checkMs / 1_000} s`]), checkMs);
  });
  const problems = await Promise.race([test(), late]).catch((error: Error) => [error.message]);
  clearTimeout(timer);
  const line =
    problems.length === 0 ? `ok       ${name}` : problems.map((why) => `problem  ${name}: ${why}`).join('\n');
  return { well: problems.length === 0, line };
}

async function directory(path: string | null): Promise<string[]> {
  if (path === null) return [];
  await mkdir(path, { recursive: true });
  await access(path, constants.R_OK | constants.W_OK);
  return [];
}

async function brokers(kafka: NonNullable<ServiceSettings['kafka']>): Promise<string[]> {
  const { registry: _, shards, ...reach } = kafka;
  return (await checkKafka({ ...reach, clientId: 'holdfast-check', partition: 0, partitions: shards })).map(
    problemLine,
  );
}

async function registry(settings: RegistrySettings): Promise<string[]> {
  await reachRegistry(settings);
  return [];
}

async function server(url: string): Promise<string[]> {
  const database = await openPostgres(url, silentLogger);
  try {
    await database.query('SELECT 1', []);
    return [];
  } finally {
    await database.close();
  }
}
