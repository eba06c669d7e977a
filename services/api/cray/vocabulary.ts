import {
  defaultRoles,
  defaultSubRoles,
  hmsArchs,
  hmsClasses,
  hmsFlags,
  hmsNetTypes,
  hmsStates,
} from '@holdfast/events/cray/vocabulary';
import { hmsTypes } from '@holdfast/events/cray/xname';
import type { ApiSettings } from '../settings.js';
import { type CraySettings, craySettingsOf } from './settings.js';

export type VocabularyField = 'Type' | 'State' | 'Flag' | 'Role' | 'SubRole' | 'NetType' | 'Arch' | 'Class';

/** The words that the inventory's fields may have. */
export interface Vocabulary {
  /** The word as it is to be spelled, whatever case it was given in; undefined where there is none. */
  spelling(field: VocabularyField, word: string): string | undefined;
  roles: readonly string[];
  subRoles: readonly string[];
  /** Of each field, as hms-smd tells them. */
  values: Record<VocabularyField, readonly string[]>;
}

const fixed: Record<Exclude<VocabularyField, 'Role' | 'SubRole'>, readonly string[]> = {
  Type: hmsTypes,
  State: hmsStates,
  Flag: hmsFlags,
  NetType: hmsNetTypes,
  Arch: hmsArchs,
  Class: hmsClasses,
};

/** What the documents say, and what the settings add to it. */
export function vocabularyOf(settings: Pick<CraySettings, 'roles' | 'subRoles'>): Vocabulary {
  const roles = [...defaultRoles, ...settings.roles];
  const subRoles = [...defaultSubRoles, ...settings.subRoles];
  const spellings = new Map(
    Object.entries({ ...fixed, Role: roles, SubRole: subRoles }).map(([field, words]) => [
      field,
      new Map(words.map((word) => [word.toLowerCase(), word])),
    ]),
  );
  // hms-smd tells of a flag twice, and of a type that no component can have.
  const values = {
    ...fixed,
    Type: [...hmsTypes, 'INVALID'],
    Flag: [...hmsFlags, 'Warning'],
    Role: roles,
    SubRole: subRoles,
  };
  return { spelling: (field, word) => spellings.get(field)?.get(word.toLowerCase()), roles, subRoles, values };
}

const made = new WeakMap<object, Vocabulary>();

/** The one of a service with these settings. */
export function vocabularyIn(settings: Pick<ApiSettings, 'modules'>): Vocabulary {
  const known = made.get(settings) ?? vocabularyOf(craySettingsOf(settings));
  made.set(settings, known);
  return known;
}
