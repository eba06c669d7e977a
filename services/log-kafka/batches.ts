import { type NewRecord, recordBytes } from '@holdfast/log';
import { kafkaLimits } from './limits.js';

/** In order, each of bounded size; a record above the bound is alone, so that it cannot fail its neighbours. */
export function batches(
  records: NewRecord[],
  { batchBytesMax, batchRecordsMax }: { batchBytesMax: number; batchRecordsMax: number } = kafkaLimits,
): NewRecord[][] {
  const all: NewRecord[][] = [];
  let batch: NewRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = recordBytes(record);
    if (batch.length > 0 && (bytes + size > batchBytesMax || batch.length === batchRecordsMax)) {
      all.push(batch);
      [batch, bytes] = [[], 0];
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) all.push(batch);
  return all;
}
