import { type ApiSettings, settingsOf } from '../settings.js';
import type { DialectName } from './dialect.js';

export type LockState = 'locked' | 'unlocked';

export interface CraySettings {
  /** Valid roles and sub-roles besides the document's, spelled as they are to be shown. */
  roles: readonly string[];
  subRoles: readonly string[];
  /** Lock state that a component must have for a service reservation. */
  serviceReservationRequires: Readonly<Record<DialectName, LockState>>;
  /** Longest reservation in the published dialect, in minutes; null: no limit of ours. */
  publishedReservationMinutesMax: number | null;
}

export const crayDefaults: CraySettings = {
  roles: [],
  subRoles: [],
  serviceReservationRequires: { published: 'locked', hsm: 'unlocked' },
  publishedReservationMinutesMax: null,
};

export function craySettingsOf(settings: Pick<ApiSettings, 'modules'>): CraySettings {
  return settingsOf('cray', crayDefaults, settings);
}
