import {
  type Collection,
  type Component,
  type CrayState,
  expiryOf as leaseEnd,
  leaseOf,
  type Reservation,
  type ServiceReservation,
} from '@holdfast/core/cray/state';
import { crayProjections } from '@holdfast/projections/cray/module';
import { counted } from '../tables.js';
import { bySubject, fields, type List, type ModuleView, plain, type Thing } from '../view.js';
import { componentRows } from './rows.js';

/** Components with their locks and reservations, groups and partitions. */
export const crayView: ModuleView<CrayState> = {
  parts: {
    components: (state) => ({
      name: 'components',
      noun: 'component',
      things: inOrder(componentsOf(state)).map(componentThing),
    }),
    groups: ({ groups }) => collections('group', groups.entries()),
    partitions: ({ partitions }) => collections('partition', partitions.entries()),
    leases: null,
    // In each lease, as it is shown.
    shiftMs: null,
  },
  tables: (state) => {
    const used = inOrder(
      componentsOf(state).filter(({ locked, disabled, reservation }) => locked || disabled || reservation !== null),
    );
    return [
      {
        title: `${counted(used.length, 'component')} locked, disabled or reserved`,
        headings: ['COMPONENT', 'LOCK', 'RESERVATION', 'EXPIRES'],
        rows: used.map((one) => [one.xname, one.locked ? 'locked' : '-', ...reservationCells(one)]),
      },
    ];
  },
  async readRows(database, shard) {
    const { answer, read } = await crayProjections.present.rows(database, shard);
    // Absent while they are being made.
    if (read.status === undefined) return null;
    return componentRows(read.status, new Map(answer.map((row) => [row.xname, row])));
  },
};

/** Each with its lease as it ends. */
function componentsOf(state: CrayState): Component[] {
  return state.components.entries().map(([, component]) => {
    const { reservation } = component;
    const lease = leaseOf(reservation);
    if (reservation?.kind !== 'service' || lease === null) return component;
    return { ...component, reservation: { ...reservation, lease: { ...lease, expiresAt: leaseEnd(state, lease) } } };
  });
}

function inOrder(components: Component[]): Component[] {
  return components.sort((a, b) => (a.order < b.order ? -1 : 1));
}

function componentThing(component: Component): Thing {
  const { order: _, reservation, ...rest } = component;
  const [kind, expires] = reservationCells(component);
  const until = kind === '-' ? 'free' : kind === 'disabled' ? kind : `${kind} until ${expires}`;
  return {
    subject: component.xname,
    shown: { ...fields(rest), reservation: reservation && shownReservation(reservation) },
    words: `${component.locked ? 'locked' : 'unlocked'}, ${until}`,
  };
}

/** Which fields of a reservation are shown, and as what: one that is new must say so, as it may be a key's hash. */
const reservationFields: { [Field in keyof Required<ServiceReservation>]: string | null } = {
  reservationId: 'id',
  kind: 'kind',
  reservationKeyHash: null,
  token: 'fencingToken',
  lease: null,
};

function shownReservation(reservation: Reservation): Record<string, unknown> {
  const named = Object.entries(reservation).flatMap(([field, value]) => {
    const name = reservationFields[field as keyof ServiceReservation];
    return name ? [[name, plain(value)]] : [];
  });
  const { durationMs = null } = leaseOf(reservation) ?? {};
  return { ...Object.fromEntries(named), expiresAt: expiryOf(reservation), durationMs };
}

/** Null: it never ends by itself. */
function expiryOf(reservation: Reservation): string | null {
  const lease = leaseOf(reservation);
  return lease === null ? null : new Date(lease.expiresAt).toISOString();
}

function reservationCells({ disabled, reservation }: Component): [string, string] {
  if (reservation === null) return [disabled ? 'disabled' : '-', '-'];
  return [reservation.kind, expiryOf(reservation) ?? 'never'];
}

function collections(noun: 'group' | 'partition', entries: [string, Collection][]): List {
  const things = entries.map(([, collection]): Thing => {
    const { name, members, ...rest } = collection;
    const shown = { name, members: [...members], ...fields(rest) };
    return { subject: `${noun} ${name}`, shown, words: counted(members.size, 'member') };
  });
  return { name: `${noun}s`, noun, things: things.sort(bySubject) };
}
