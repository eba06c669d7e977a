import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { LogRecord, MemoryLog, StreamName } from '@holdfast/log';
import { streamNames } from '@holdfast/log';

/**
 * Both streams of a log, a line a record: `{"stream", "position", "appendTime", "key", "value"}`, the value in base64.
 */
export type Recording = Record<StreamName, LogRecord[]>;

const folder = new URL('.', import.meta.url);
const logFile = (name: string) => new URL(`${name}.jsonl`, folder);
const outcomeFile = (name: string) => new URL(`${name}.outcome.json`, folder);

/** Names of all recordings, the oldest first. */
export function recordings(): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
  return files.map((file) => file.slice(0, -'.jsonl'.length)).sort();
}

export function loadRecording(name: string): Recording {
  const recording: Recording = { commands: [], events: [] };
  for (const line of readFileSync(logFile(name), 'utf8').trimEnd().split('\n')) {
    const { stream, value, ...record } = JSON.parse(line);
    recording[stream as StreamName].push({ ...record, value: Buffer.from(value, 'base64') });
  }
  return recording;
}

export function loadOutcome(name: string): unknown {
  return JSON.parse(readFileSync(outcomeFile(name), 'utf8'));
}

/** Throws where there is one of that name: a recording is never changed. */
export async function saveRecording(name: string, log: MemoryLog): Promise<void> {
  if (existsSync(logFile(name))) throw new Error(`there is a recording named ${name}, and it is never changed`);
  const lines: string[] = [];
  for (const stream of streamNames) {
    for (const { position, appendTime, key, value } of await readStream(log, stream)) {
      const text = Buffer.from(value).toString('base64');
      lines.push(`${JSON.stringify({ stream, position, appendTime, key, value: text })}\n`);
    }
  }
  writeFileSync(logFile(name), lines.join(''));
}

export function saveOutcome(name: string, outcome: unknown): void {
  writeFileSync(outcomeFile(name), `${JSON.stringify(outcome, null, 2)}\n`);
}

async function readStream(log: MemoryLog, stream: StreamName): Promise<LogRecord[]> {
  const head = await log.head(stream);
  const tail = log.tail(stream, 0);
  const records: LogRecord[] = [];
  while (records.length < head) records.push(...((await tail.next()) ?? []));
  tail.close();
  return records;
}
