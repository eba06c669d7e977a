import type { NewRecord } from '@holdfast/log';

/** A schema's id that no catalogue has. */
export const newerSchemaId = 900_001;

/** The record as a newer version writes it, whose schema this version does not know. */
export function writtenByNewer({ key, value }: NewRecord): NewRecord {
  const bytes = Buffer.from(value);
  bytes.writeUInt32BE(newerSchemaId, 1);
  return { key, value: bytes };
}
