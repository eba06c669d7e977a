import type { NewRecord, ShardLog } from '@holdfast/log';
import { type Bounds, repeat } from './measure.js';
import type { Row } from './table.js';

/** Bytes of an encoded event, about. */
const recordBytes = 220;

/** The log alone, to tell what it costs from what the service adds. */
export async function measureLog(log: ShardLog, records: number, bounds: Bounds): Promise<Row[]> {
  const atMost = (times: number): Bounds => ({ ...bounds, countMax: Math.min(times, bounds.countMax) });
  const single = recordsOf(1);
  const many = recordsOf(records);
  await repeat({ ...bounds, elapsedMsMax: bounds.elapsedMsMax / 4 }, () => log.append('events', single));
  const rows: Row[] = [
    { what: 'append 1 record', sample: await repeat(bounds, () => log.append('events', single)) },
    {
      what: `append ${records.toLocaleString('en')} records`,
      sample: await repeat(atMost(50), () => log.append('events', many)),
      each: { count: records, unit: 'records' },
    },
  ];
  const head = await log.head('events');
  const sample = await repeat(atMost(5), () => readAll(log, head));
  return [
    ...rows,
    {
      what: `read back ${head.toLocaleString('en')} records`,
      sample,
      each: { count: head, unit: 'records' },
    },
  ];
}

async function readAll(log: ShardLog, head: number): Promise<void> {
  const tail = log.tail('events', 0);
  try {
    for (let read = 0; read < head; ) read += (await tail.next())!.length;
  } finally {
    tail.close();
  }
}

function recordsOf(count: number): NewRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    key: `x${n}c0s0b0n0`,
    value: new Uint8Array(recordBytes).fill(n % 251),
  }));
}
