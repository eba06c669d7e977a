import type { ComponentEntry, ComponentProperties, CrayCommand, OfExisting } from '@holdfast/events/cray/messages';
import { parseXname } from '@holdfast/events/cray/xname';
import type { Steps } from '@holdfast/events/steps';
import type { InventoryRow, MembershipRow } from '@holdfast/projections/cray/port';
import { ApiError } from '../errors.js';
import { each } from '../steps.js';
import type { ComponentForm } from './component-query.js';
import type { Vocabulary } from './vocabulary.js';

/** The inventory's bodies to commands, and its rows to bodies: pure. In the shapes of hms-smd. */
export interface ComponentBody {
  ID?: string;
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
  Locked?: boolean;
  ReservationDisabled?: boolean;
}

export interface ComponentsBody {
  Components: ComponentBody[];
  Force?: boolean;
  /** An addition of ours. */
  Replace?: boolean;
}

export interface RoleBody {
  ID?: string;
  ComponentIDs?: string[];
  Role?: string;
  SubRole?: string;
}

/**
 * The type follows from the xname. Where a component comes twice, the last one counts. Throws ApiError `bad-request`.
 */
export function* componentsPut(body: ComponentsBody, vocabulary: Vocabulary): Steps<CrayCommand> {
  const components = new Map<string, ComponentEntry>();
  if ((body.Components[0]?.ID ?? '') === '') throw new ApiError('bad-request', 'Missing Components');
  yield* each(body.Components, (given) => {
    const { ID = '', Locked: locked = false, ReservationDisabled: disabled = false } = given;
    const parsed = parseXname(ID);
    if (parsed === null) throw invalid('xname ID', ID);
    const { xname, type } = parsed;
    components.set(xname, { xname, properties: propertiesOf(given, xname, type, vocabulary), locked, disabled });
  });
  return { type: 'cray.ComponentsPutRequested', components: [...components.values()], existing: existingOf(body) };
}

function existingOf({ Force = false, Replace = false }: ComponentsBody): OfExisting {
  if (Replace) return 'replace';
  return Force ? 'observe' : 'leave';
}

/** Nodes are told apart by a number, and are for computing where nothing else is said. */
const nodes: ReadonlySet<string> = new Set(['Node', 'VirtualNode']);

function propertiesOf(body: ComponentBody, xname: string, type: string, vocabulary: Vocabulary): ComponentProperties {
  const word = (field: 'State' | 'Flag' | 'Role' | 'SubRole' | 'NetType' | 'Arch' | 'Class', fallback = ''): string => {
    const given = body[field];
    if (given === undefined || given === '') return fallback;
    const spelled = vocabulary.spelling(field, given);
    if (spelled === undefined) throw invalid(`${field[0]!.toLowerCase()}${field.slice(1)}`, given);
    return spelled;
  };
  const state = word('State');
  if (state === '') throw invalid('state', '');
  const isNode = nodes.has(type);
  const nid = body.NID === undefined || body.NID === '' ? null : Number(body.NID);
  return {
    type,
    state,
    flag: word('Flag', 'OK'),
    enabled: body.Enabled ?? true,
    softwareStatus: body.SoftwareStatus ?? '',
    role: word('Role', isNode ? 'Compute' : ''),
    subRole: word('SubRole'),
    nid: nid === null && isNode ? nidOfPlace(xname) : nid,
    subtype: body.Subtype ?? '',
    netType: word('NetType'),
    arch: word('Arch'),
    class: word('Class'),
  };
}

/** What hms-smd gives a node for a number that was told none: one that follows from its place. */
function nidOfPlace(xname: string): number {
  const [cabinet = 0, chassis = 0, slot = 0, controller = 0, node = 0, virtual] = xname.match(/\d+/g)!.map(Number);
  return (cabinet + 1) * 16_384 + chassis * 2_048 + slot * 32 + controller * 4 + (virtual ?? node);
}

/** hms-smd repeats what was given. Only what cannot be a key is repeated here. */
function invalid(what: string, given: string): ApiError {
  const shown = /^[A-Za-z0-9_-]{0,24}$/.test(given) ? given : '(not shown)';
  return new ApiError('bad-request', `couldn't validate components: ${what} '${shown}' is invalid`);
}

/** `path` is the name that a path has; null where a body has a list of them. Throws ApiError `bad-request`. */
export function* roleChange(body: RoleBody, path: string | null, vocabulary: Vocabulary): Steps<CrayCommand> {
  if (path !== null && body.ID !== undefined && body.ID !== '' && body.ID !== path) {
    throw new ApiError('bad-request', 'ID in URL and PATCH body do not match');
  }
  const texts = path === null ? (body.ComponentIDs ?? []) : [path];
  if (texts.length === 0) throw new ApiError('bad-request', 'Missing IDs');
  const ids = new Set<string>();
  yield* each(texts, (text) => {
    const parsed = parseXname(text);
    if (parsed === null) throw new ApiError('bad-request', 'invalid xname ID');
    ids.add(parsed.xname);
  });
  if (body.Role === undefined) throw new ApiError('bad-request', 'Missing Role');
  const role = vocabulary.spelling('Role', body.Role);
  const subRole = body.SubRole ? vocabulary.spelling('SubRole', body.SubRole) : '';
  if (role === undefined || subRole === undefined) {
    throw new ApiError('bad-request', 'a required argument did not match any valid input');
  }
  return { type: 'cray.RoleChangeRequested', ids: [...ids], role, subRole };
}

/** `text` comes from a path. Throws ApiError `bad-request`. */
export function pathXname(text: string): string {
  const parsed = parseXname(text);
  if (parsed === null) throw new ApiError('bad-request', 'invalid xname');
  return parsed.xname;
}

export function* componentsBody(rows: readonly InventoryRow[], form: ComponentForm): Steps<object> {
  const Components: object[] = [];
  yield* each(rows, (row) => Components.push(componentBody(row, form)));
  return { Components };
}

/** Of each form, the members besides ID and Type. */
const members: Record<Exclude<ComponentForm, 'all'>, readonly string[]> = {
  state: ['State', 'Flag'],
  flag: ['Flag'],
  role: ['Role', 'SubRole'],
  nid: ['NID'],
};

/** Empty properties are left out, and what does not hold of locks. */
export function componentBody({ xname, properties, locked, disabled }: InventoryRow, form: ComponentForm): object {
  const all = {
    ID: xname,
    Type: properties.type,
    State: properties.state,
    Flag: properties.flag,
    Enabled: properties.enabled,
    SoftwareStatus: properties.softwareStatus,
    Role: properties.role,
    SubRole: properties.subRole,
    NID: properties.nid,
    Subtype: properties.subtype,
    NetType: properties.netType,
    Arch: properties.arch,
    Class: properties.class,
    ReservationDisabled: disabled || null,
    Locked: locked || null,
  };
  const shown = form === 'all' ? null : ['ID', 'Type', ...members[form]];
  return Object.fromEntries(
    Object.entries(all).filter(([name, value]) => value !== '' && value !== null && (shown?.includes(name) ?? true)),
  );
}

export function membershipBody({ xname, groups, partitions }: MembershipRow): object {
  return { id: xname, groupLabels: groups, partitionName: partitions[0] ?? '' };
}
