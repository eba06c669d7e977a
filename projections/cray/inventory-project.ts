import type { ComponentProperties, CrayEvent } from '@holdfast/events/cray/messages';
import { storable } from '../text.js';
import { unknownEvent } from '../unknown-event.js';
import type { CollectionChange, ComponentChange } from './change.js';

/** What an event changes in the inventory; null when nothing. Pure. */
export function projectInventory(event: CrayEvent): ComponentChange | CollectionChange | null {
  switch (event.type) {
    case 'cray.ComponentPut':
      return { table: 'component', op: 'put', xname: event.xname, properties: storableProperties(event.properties) };
    case 'cray.ComponentDeleted':
      return { table: 'component', op: 'delete', xname: event.xname };
    case 'cray.CollectionPut': {
      const [name, description] = [storable(event.name), storable(event.description)];
      return {
        table: 'collection',
        op: 'put',
        kind: event.kind,
        name,
        description,
        members: event.members.map(storable),
        tags: event.tags.map(storable),
        exclusiveGroup: storable(event.exclusiveGroup),
      };
    }
    case 'cray.CollectionChanged': {
      const { kind, description, tags, added, removed } = event;
      return {
        table: 'collection',
        op: 'change',
        kind,
        name: storable(event.name),
        description: description === null ? null : storable(description),
        tags: tags === null ? null : tags.map(storable),
        added: added.map(storable),
        removed: removed.map(storable),
      };
    }
    case 'cray.CollectionDeleted':
      return { table: 'collection', op: 'delete', kind: event.kind, name: storable(event.name) };
    case 'cray.ComponentLocked':
    case 'cray.ComponentUnlocked':
    case 'cray.ReservationsDisabled':
    case 'cray.ReservationsEnabled':
    case 'cray.ReservationCreated':
    case 'cray.ReservationRenewed':
    case 'cray.LeaseExtended':
    case 'cray.ReservationReleased':
    case 'cray.ReservationRemoved':
    case 'cray.ReservationExpired':
    case 'cray.RequestRefused':
      return null;
    default:
      return unknownEvent(event);
  }
}

/** Every property by name: what a decoder adds must not become part of a row. */
function storableProperties(given: ComponentProperties): ComponentProperties {
  return {
    type: storable(given.type),
    state: storable(given.state),
    flag: storable(given.flag),
    enabled: given.enabled,
    softwareStatus: storable(given.softwareStatus),
    role: storable(given.role),
    subRole: storable(given.subRole),
    nid: given.nid,
    subtype: storable(given.subtype),
    netType: storable(given.netType),
    arch: storable(given.arch),
    class: storable(given.class),
  };
}
