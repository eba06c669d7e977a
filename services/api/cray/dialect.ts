import type { Reason } from '@holdfast/events/cray/messages';
import type { BasePaths } from '../serve-document.js';

export type DialectName = 'published' | 'hsm';

/** What differs between the two APIs besides the shapes of their bodies. */
export interface Dialect {
  name: DialectName;
  basePaths: BasePaths;
  /** Its OpenAPI document. */
  document: string;
  title: string;
  /** Go's decoder takes a null member for an absent one. */
  dropNulls: boolean;
  showKey(kind: 'rk' | 'dk', xname: string, uuid: string): string;
}

export const published: Dialect = {
  name: 'published',
  basePaths: ['/apis/ifs/v1', '/v1', ''],
  document: 'cray/cray-published.yaml',
  title: 'Lock & Reservation Service v2, as published',
  dropNulls: false,
  showKey: (_kind, _xname, uuid) => uuid,
};

export const hsm: Dialect = {
  name: 'hsm',
  basePaths: ['/hsm/v2', '/apis/smd/hsm/v2'],
  document: 'cray/cray-hsm.yaml',
  title: 'Locks, reservations and inventory, as hms-smd serves them',
  dropNulls: true,
  showKey: (kind, xname, uuid) => `${xname}:${kind}:${uuid}`,
};

/**
 * The dialect that a path, without its query, belongs to. Whatever is not under an HSM base path is the published
 * one's, which has the root.
 */
export function dialectOf(path: string): Dialect {
  return hsm.basePaths.some((base) => path === base || path.startsWith(`${base}/`)) ? hsm : published;
}

/** How the HSM dialect words the first reason of a rigid failure. */
export const hsmDetails: Record<Reason, string> = {
  Locked: 'Component is Locked',
  Unlocked: 'Component is Unlocked',
  Disabled: 'Component reservations are disabled',
  Reserved: 'Component is Reserved',
  NotFound: 'Component not found',
};
