import type { CraySettings, LockState } from '@holdfast/api/cray/settings';
import type { CliSettings } from '../module.js';
import { listed, option, wholeNumber } from '../options.js';

interface CrayOptions {
  hmsRole?: string[] | string;
  hmsSubrole?: string[] | string;
  publishedRequires: LockState;
  hsmRequires: LockState;
  publishedMinutesMax?: number;
}

export const craySettings: CliSettings = {
  options: [
    option('--hms-role <name...>', 'further values of Role', 'HOLDFAST_HMS_ROLES'),
    option('--hms-subrole <name...>', 'further values of SubRole', 'HOLDFAST_HMS_SUBROLES'),
    option(
      '--published-requires <state>',
      'lock state for a service reservation, published dialect',
      'HOLDFAST_PUBLISHED_REQUIRES',
    )
      .choices(['locked', 'unlocked'])
      .default('locked'),
    option('--hsm-requires <state>', 'lock state for a service reservation, hsm dialect', 'HOLDFAST_HSM_REQUIRES')
      .choices(['locked', 'unlocked'])
      .default('unlocked'),
    option(
      '--published-minutes-max <number>',
      'longest reservation, published dialect',
      'HOLDFAST_PUBLISHED_MINUTES_MAX',
    ).argParser(wholeNumber(1, 4_000_000_000)),
  ],
  secretFiles: () => [],
  read(options): CraySettings {
    const { hmsRole, hmsSubrole, publishedRequires, hsmRequires, publishedMinutesMax } = options as CrayOptions;
    return {
      roles: listed(hmsRole),
      subRoles: listed(hmsSubrole),
      serviceReservationRequires: { published: publishedRequires, hsm: hsmRequires },
      publishedReservationMinutesMax: publishedMinutesMax ?? null,
    };
  },
};
