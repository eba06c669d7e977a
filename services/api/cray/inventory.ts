import type { CollectionKind, ComponentProperties, CrayCommand } from '@holdfast/events';
import { parseXname } from '@holdfast/events/cray/xname';
import type { Steps } from '@holdfast/events/steps';
import type { CollectionRow, InventoryRow } from '@holdfast/projections/port';
import { ApiError } from '../errors.js';
import { each } from '../steps.js';
import { isCollectionName } from './selection.js';
import type { Vocabulary } from './vocabulary.js';

/** The inventory's bodies to commands, and its rows to bodies: pure. In the shapes of hms-smd. */
export interface ComponentBody {
  ID: string;
  State?: string;
  Flag?: string;
  Enabled?: boolean;
  SoftwareStatus?: string;
  Role?: string;
  SubRole?: string;
  NID?: number | string;
  Subtype?: string;
  NetType?: string;
  Arch?: string;
  Class?: string;
}

export interface CollectionBody {
  label?: string;
  name?: string;
  description?: string;
  members?: { ids?: string[] };
}

/** The type follows from the xname. Where a component comes twice, the last one counts. Throws ApiError `bad-request`. */
export function* componentsPut(bodies: readonly ComponentBody[], vocabulary: Vocabulary): Steps<CrayCommand> {
  const components = new Map<string, ComponentProperties>();
  yield* each(bodies, (body) => {
    const parsed = parseXname(body.ID);
    if (parsed === null) throw new ApiError('bad-request', "couldn't validate components: an xname ID is invalid");
    components.set(parsed.xname, propertiesOf(body, parsed.type, vocabulary));
  });
  return {
    type: 'cray.ComponentsPutRequested',
    components: [...components].map(([xname, properties]) => ({ xname, properties })),
  };
}

function propertiesOf(body: ComponentBody, type: string, vocabulary: Vocabulary): ComponentProperties {
  const word = (
    field: 'State' | 'Flag' | 'Role' | 'SubRole' | 'NetType' | 'Arch' | 'Class',
    fallback: string,
  ): string => {
    const given = body[field];
    if (given === undefined || given === '') return fallback;
    const spelled = vocabulary.spelling(field, given);
    if (spelled === undefined) throw new ApiError('bad-request', `couldn't validate components: a ${field} is invalid`);
    return spelled;
  };
  return {
    type,
    state: word('State', 'Unknown'),
    flag: word('Flag', 'OK'),
    enabled: body.Enabled ?? true,
    softwareStatus: body.SoftwareStatus ?? '',
    role: word('Role', type === 'Node' ? 'Compute' : ''),
    subRole: word('SubRole', ''),
    nid: body.NID === undefined ? null : Number(body.NID),
    subtype: body.Subtype ?? '',
    netType: word('NetType', ''),
    arch: word('Arch', ''),
    class: word('Class', ''),
  };
}

/** `text` comes from a path. Throws ApiError `bad-request`. */
export function pathXname(text: string): string {
  const parsed = parseXname(text);
  if (parsed === null) throw new ApiError('bad-request', 'invalid xname');
  return parsed.xname;
}

/** Throws ApiError `bad-request`. */
export function* collectionPut(kind: CollectionKind, body: CollectionBody): Steps<CrayCommand> {
  const members = new Set<string>();
  yield* each(body.members?.ids ?? [], (id) => {
    const parsed = parseXname(id);
    if (parsed === null)
      throw new ApiError('bad-request', `couldn't validate ${kind}: got HMSTypeInvalid instead of valid type`);
    members.add(parsed.xname);
  });
  const name = collectionName(kind, (kind === 'group' ? body.label : body.name) ?? '');
  return {
    type: 'cray.CollectionPutRequested',
    kind,
    name,
    description: body.description ?? '',
    members: [...members],
  };
}

/** Groups have labels, partitions have xnames such as `p1`. Throws ApiError `bad-request`. */
export function collectionName(kind: CollectionKind, text: string): string {
  const name = text.toLowerCase();
  if (kind === 'group' ? isCollectionName(name) : parseXname(name)?.type === 'Partition') return name;
  throw new ApiError('bad-request', kind === 'group' ? 'Invalid group label.' : 'Invalid partition name.');
}

export function* componentsBody(rows: readonly InventoryRow[]): Steps<object> {
  const Components: object[] = [];
  yield* each(rows, (row) => Components.push(componentBody(row)));
  return { Components };
}

/** Empty properties are left out. */
export function componentBody({ xname, properties }: InventoryRow): object {
  const { type, state, flag, enabled, softwareStatus, role, subRole, nid, subtype, netType, arch } = properties;
  const texts = {
    Type: type,
    State: state,
    Flag: flag,
    SoftwareStatus: softwareStatus,
    Role: role,
    SubRole: subRole,
    Subtype: subtype,
    NetType: netType,
    Arch: arch,
    Class: properties.class,
  };
  const present = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''));
  return { ID: xname, ...present, Enabled: enabled, ...(nid === null ? {} : { NID: nid }) };
}

export function collectionBody(kind: CollectionKind, { name, description, members }: CollectionRow): object {
  return { [kind === 'group' ? 'label' : 'name']: name, description, members: { ids: members } };
}
