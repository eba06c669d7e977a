import type {
  CollectionKind,
  ComponentProperties,
  Criterion,
  CriterionField,
  ReservationKind,
  Selection,
} from '@holdfast/events/cray/messages';
import type { ModuleView } from '../../model/module.js';

export interface Reservation {
  id: string;
  kind: ReservationKind;
  hash: string;
  deputyKeyHash: string;
  /** Milliseconds since 1970, as are all times here. */
  createdAt: number;
  expiresAt: number | null;
  durationMs: number | null;
  /** Fencing token: sequence of the event that made it. */
  token: number;
}

export interface Component {
  properties: ComponentProperties;
  locked: boolean;
  /** Fencing token of the lock; null: unlocked. */
  lockToken: number | null;
  disabled: boolean;
  reservation: Reservation | null;
}

interface Collection {
  kind: CollectionKind;
  name: string;
  description: string;
  members: string[];
  tags: string[];
  exclusiveGroup: string;
}

/** A question that a reader may ask of the read model. */
export type CrayQuery =
  | { of: 'status'; selection: Selection }
  | { of: 'reservations'; xnames: string[] }
  | { of: 'components'; ids: string[] | null }
  | { of: 'collections'; kind: CollectionKind }
  | { of: 'memberships' };

const natural = new Intl.Collator('en', { numeric: true });

/** Components and collections as the model tells them, and what a read of that moment must answer. */
export class CrayView implements ModuleView {
  /** By xname. */
  components = new Map<string, Component>();
  /** By kind and name in lower case. */
  collections = new Map<string, Collection>();

  static order(a: string, b: string): number {
    return natural.compare(a, b);
  }

  copy(): CrayView {
    const copy = new CrayView();
    copy.components = new Map(this.components);
    copy.collections = new Map(this.collections);
    return copy;
  }

  /** In request order where there are ids, of which unknown ones stay; else in the order of the places. */
  selected({ ids, criteria }: Selection): string[] {
    const addressed = ids.length > 0 ? ids : [...this.components.keys()].sort(CrayView.order);
    return addressed.filter((xname) => {
      const component = this.components.get(xname);
      return component === undefined || criteria.every((criterion) => this.#matches(xname, component, criterion));
    });
  }

  /** In the shape in which the read model answers. */
  answer(query: CrayQuery): unknown {
    switch (query.of) {
      case 'status': {
        const known = this.selected(query.selection).filter((xname) => this.components.has(xname));
        const notFound = query.selection.ids.filter((xname) => !this.components.has(xname));
        return { components: known.map((xname) => this.#statusOf(xname)), notFound };
      }
      case 'reservations':
        return query.xnames.flatMap((xname) => {
          const reservation = this.components.get(xname)?.reservation;
          return reservation ? [[xname, shown(reservation, true)]] : [];
        });
      case 'components':
        return this.selected({ ids: query.ids ?? [], criteria: [] }).flatMap((xname) => {
          const component = this.components.get(xname);
          if (component === undefined) return [];
          const { properties, locked, disabled } = component;
          return [{ xname, properties, locked, disabled }];
        });
      case 'collections': {
        const found = [...this.collections].filter(([, { kind }]) => kind === query.kind);
        const inOrder = found.sort(([a], [b]) => (a < b ? -1 : 1));
        return inOrder.map(([, { kind: _, ...row }]) => row);
      }
      case 'memberships':
        return [...this.components.keys()].sort(CrayView.order).map((xname) => ({
          xname,
          groups: this.#namesWith('group', xname),
          partitions: this.#namesWith('partition', xname),
        }));
    }
  }

  #statusOf(xname: string) {
    const { locked, lockToken, disabled, reservation } = this.components.get(xname)!;
    return { xname, locked, lockToken, disabled, reservation: reservation && shown(reservation, false) };
  }

  /** Values are ORed; of those with `!` none may match, and they alone are enough. */
  #matches(xname: string, component: Component, { field, values }: Criterion): boolean {
    const has = this.#valuesOf(xname, component, field);
    if (values.some((value) => value.startsWith('!') && has.includes(value.slice(1)))) return false;
    const wanted = values.filter((value) => !value.startsWith('!'));
    return wanted.length === 0 || wanted.some((value) => has.includes(value));
  }

  #namesWith(kind: CollectionKind, xname: string): string[] {
    const containing = [...this.collections.values()].filter((one) => one.kind === kind && one.members.includes(xname));
    return containing.map(({ name }) => name.toLowerCase()).sort();
  }

  #valuesOf(xname: string, { properties, locked, disabled, reservation }: Component, field: CriterionField): string[] {
    switch (field) {
      case 'ComponentIDs':
        return [xname];
      case 'Locked':
        return [String(locked)];
      case 'Reserved':
        return [String(reservation !== null)];
      case 'ReservationDisabled':
        return [String(disabled)];
      case 'Group':
      case 'Partition':
        return this.#namesWith(field === 'Group' ? 'group' : 'partition', xname);
      case 'NID':
        return [properties.nid === null ? '' : String(properties.nid)];
      default: {
        const name = `${field[0]!.toLowerCase()}${field.slice(1)}` as keyof ComponentProperties;
        return [String(properties[name]).toLowerCase()];
      }
    }
  }
}

function shown({ id, kind, createdAt, expiresAt, deputyKeyHash, token }: Reservation, withDeputy: boolean) {
  const reservation = { reservationId: id, kind, createdAt, expiresAt, token };
  return withDeputy ? { ...reservation, deputyKeyHash } : reservation;
}
