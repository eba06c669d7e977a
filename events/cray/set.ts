import { changes, creates, type EventSubject, type MessageSet, on } from '../module.js';
import { anonymousToEmpty } from '../upcaster.js';
import { crayGiven, type KeyHashes } from './keys.js';
import type { CollectionKind, CrayCommand, CrayEvent, RequestRefused } from './messages.js';
import { craySamples } from './samples.js';
import { crayShown } from './shown.js';

const component = on('component', ({ xname }: { xname: string }) => xname);
/** Groups and partitions have no history of their own. */
const collection: EventSubject<{ kind: CollectionKind; name: string }> = {
  key: ({ kind, name }) => `${kind}:${name}`,
  resource: () => null,
};
/**
 * Where a collection exists already, `xname` holds its name. So it does where one is not found; that is kept as if it
 * were of a component of that name, which there is not.
 */
const refused: EventSubject<RequestRefused> = {
  ...component,
  resource: (event) => (event.reason === 'Exists' ? null : component.resource(event)),
};

export const craySet = {
  name: 'cray',
  since: 1,
  samples: craySamples,
  places: {
    'cray.ComponentLocked': changes(component),
    'cray.ComponentUnlocked': changes(component),
    'cray.ReservationsDisabled': changes(component),
    'cray.ReservationsEnabled': changes(component),
    'cray.ReservationCreated': changes(component),
    'cray.ReservationRenewed': changes(component),
    'cray.ReservationReleased': changes(component),
    'cray.ReservationRemoved': changes(component),
    'cray.ReservationExpired': changes(component),
    'cray.LeaseExtended': changes(component),
    'cray.RequestRefused': changes(refused),
    'cray.ComponentPut': creates(component),
    'cray.ComponentDeleted': changes(component),
    'cray.CollectionPut': changes(collection),
    'cray.CollectionChanged': changes(collection),
    'cray.CollectionDeleted': changes(collection),
  },
  shown: crayShown,
  levels: {
    'cray.CollectionChangeRequested.v1': 4,
    'cray.CollectionChanged.v1': 4,
    'cray.CollectionPut.v2': 4,
    'cray.CollectionPutRequested.v3': 4,
    'cray.ComponentsPutRequested.v3': 4,
    'cray.RoleChangeRequested.v1': 4,
    'cray.RemovalRequested.v3': 4,
    'cray.ReservationRenewed.v2': 4,
  },
  upcasters: {
    'cray.CollectionDeletionRequested.v1': anonymousToEmpty,
    'cray.CollectionPutRequested.v1': anonymousToEmpty,
    'cray.ComponentsDeletionRequested.v1': anonymousToEmpty,
    'cray.ComponentsPutRequested.v1': anonymousToEmpty,
    'cray.DisableRequested.v1': anonymousToEmpty,
    'cray.LockRequested.v1': anonymousToEmpty,
    'cray.ReleaseRequested.v1': anonymousToEmpty,
    'cray.RemovalRequested.v1': anonymousToEmpty,
    'cray.RenewalRequested.v1': anonymousToEmpty,
    'cray.RepairRequested.v1': anonymousToEmpty,
    'cray.ReservationRequested.v1': anonymousToEmpty,
    'cray.UnlockRequested.v1': anonymousToEmpty,
  },
  given: crayGiven,
} as const satisfies MessageSet<CrayCommand, CrayEvent, KeyHashes>;
