import { isStray, type RecordedSchema } from '@holdfast/events';

/** Whether a record is none of this log's. */
export type Foreign = (value: Uint8Array) => boolean;

/**
 * What a log's record of schemas shows to be a stranger's: a head in the wire format whose id is not in it, as each
 * writer has its ids recorded first. Before there is a record nothing is. What its bytes alone tell is `isStray`. SPEC
 * rule 6.
 */
export function foreignTo(schemas: readonly RecordedSchema[]): Foreign {
  if (schemas.length === 0) return () => false;
  const ids = new Set(schemas.map(({ id }) => id));
  return (value) => !isStray(value) && value[0] === 0 && !ids.has(wireId(value));
}

function wireId(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset).getUint32(1);
}
