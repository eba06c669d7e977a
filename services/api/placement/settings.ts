import { type ApiSettings, settingsOf } from '../settings.js';

/** `default` is the policy of the real one, `open` lets everybody who has a token do all. */
export type PlacementPolicy = 'default' | 'open';

export interface PlacementSettings {
  /** Who may do what. */
  policy: PlacementPolicy;
}

const placementDefaults: PlacementSettings = { policy: 'default' };

export function placementSettingsOf(settings: Pick<ApiSettings, 'modules'>): PlacementSettings {
  return settingsOf('placement', placementDefaults, settings);
}
