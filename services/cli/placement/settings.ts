import type { PlacementPolicy, PlacementSettings } from '@holdfast/api/placement/settings';
import type { CliSettings } from '../module.js';
import { option } from '../options.js';

interface PlacementOptions {
  placementPolicy: PlacementPolicy;
}

export const placementSettings: CliSettings = {
  options: [
    option(
      '--placement-policy <policy>',
      'who may do what in Placement: as the real one, or all',
      'HOLDFAST_PLACEMENT_POLICY',
    )
      .choices(['default', 'open'])
      .default('default'),
  ],
  secretFiles: () => [],
  read: (options): PlacementSettings => ({ policy: (options as PlacementOptions).placementPolicy }),
};
