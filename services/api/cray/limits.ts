import type { FastifyRequest } from 'fastify';
import { bodyLimits } from '../body-limits.js';
import type { OperationLimits } from '../module.js';
import type { SelectionBody } from './selection.js';
import type { DeputyBody } from './translate.js';

/** The ones that a document repeats are compared with it by a test. */
export const crayLimits = {
  /** Characters of a reservation or deputy key as shown; ours have at most 36 besides the xname. */
  keyLengthMax: 256,
  /** The HSM dialect's limit; the published dialect has none. */
  hsmReservationMinutesMax: 15,
  /** Keeps an expiry within the four-digit years of RFC 3339. */
  reservationMinutesMax: 4_000_000_000,
  /** Characters of `Holdfast-Fencing-Token`, which is left out above it: nginx takes 4,096 bytes of headers in all. */
  tokenHeaderLengthMax: 3_072,
} as const;

const { ids, keys, components } = bodyLimits;

const all = () => null;
const selected = ({ body }: FastifyRequest) =>
  [(body as SelectionBody | null)?.ComponentIDs ?? []].flat().length || null;
const shown = ({ body }: FastifyRequest) => (body as DeputyBody).DeputyKeys?.length ?? 0;

/** Of both dialects. */
export const crayOperations: OperationLimits = {
  bodies: {
    lockComponents: ids,
    unlockComponents: ids,
    repairComponents: ids,
    disableComponents: ids,
    removeReservations: ids,
    createAdminReservations: ids,
    createServiceReservations: ids,
    lockStatus: ids,
    createGroup: ids,
    createPartition: ids,
    queryComponents: ids,
    queryComponentsByNid: ids,
    changeRoles: ids,
    releaseReservations: keys,
    releaseServiceReservations: keys,
    renewServiceReservations: keys,
    checkServiceReservations: keys,
    putComponents: components,
  },
  fleetReads: {
    lockStatus: selected,
    lockStatusByQuery: all,
    checkServiceReservations: shown,
    listComponents: all,
    queryComponents: all,
    listComponentsUnder: all,
    queryComponentsByNid: all,
    listMemberships: all,
    listGroups: all,
    listGroupNames: all,
    getGroup: all,
    getGroupMembers: all,
    listPartitions: all,
    listPartitionNames: all,
    getPartition: all,
    getPartitionMembers: all,
  },
};
