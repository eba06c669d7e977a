import type { CommandHeader } from './envelope.js';

/**
 * What Avro's own resolution cannot express about an older version is mended here, at the reading edge, so that nothing
 * behind it knows old versions. Keyed by `<type>.v<version>`. A field that was added with a default needs no upcaster.
 */
export type Upcaster = (fields: Record<string, unknown>) => Record<string, unknown>;

/** Version 1 of the header called whoever was not authenticated `anonymous`; since a name can be stated, nobody is ''. */
const namelessWas: Upcaster = (fields) => {
  const header = fields.header as CommandHeader;
  if (header.actor.authenticated) return fields;
  return { ...fields, header: { ...header, actor: { ...header.actor, name: '' } } };
};

const upcasters: Readonly<Record<string, Upcaster>> = {
  'cray.CollectionDeletionRequested.v1': namelessWas,
  'cray.CollectionPutRequested.v1': namelessWas,
  'cray.ComponentsDeletionRequested.v1': namelessWas,
  'cray.ComponentsPutRequested.v1': namelessWas,
  'cray.DisableRequested.v1': namelessWas,
  'cray.LockRequested.v1': namelessWas,
  'cray.ReleaseRequested.v1': namelessWas,
  'cray.RemovalRequested.v1': namelessWas,
  'cray.RenewalRequested.v1': namelessWas,
  'cray.RepairRequested.v1': namelessWas,
  'cray.ReservationRequested.v1': namelessWas,
  'cray.UnlockRequested.v1': namelessWas,
};

/** Undefined where nothing is to be mended. */
export function upcasterOf(type: string, version: number): Upcaster | undefined {
  return upcasters[`${type}.v${version}`];
}
