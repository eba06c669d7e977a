import { PlacementError } from './errors.js';

/** The number after `1.` of a version of the API; each has all that those before it have. */
export type Microversion = number;

export const microversionMax: Microversion = 39;
const service = 'placement';

export function shown(version: Microversion): string {
  return `1.${version}`;
}

/** A version of a document: `1.28`. Throws where it is none. */
export function parsed(text: string): Microversion {
  const version = Number(/^1\.(\d+)$/.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(version)) throw new Error(`${text} is no version of Placement`);
  return version;
}

/**
 * The version that a request asks for in `OpenStack-API-Version: placement X.Y`, where other services may be named,
 * too, and of several for this one the last counts. 1.0 where there is none. Throws PlacementError: 400 for what is no
 * version, 406 for one that is not served.
 */
export function askedVersion(header: string | string[] | undefined): Microversion {
  const text = asked([header ?? ''].flat().join(','));
  if (text === null) return 0;
  if (text === 'latest') return microversionMax;
  // Whole numbers, as Python reads them.
  const [, major, minor] = /^\s*([+-]?\d+)\s*\.\s*([+-]?\d+)\s*$/.exec(text) ?? [];
  if (major === undefined || minor === undefined) {
    throw new PlacementError(400, `Invalid microversion: invalid version string: ${text}`);
  }
  const version = Number(minor);
  if (Number(major) !== 1 || version < 0 || version > microversionMax) {
    throw new PlacementError(406, `Invalid microversion: Unacceptable version header: ${text}`, {
      members: { max_version: shown(microversionMax), min_version: shown(0) },
    });
  }
  return version;
}

function asked(header: string): string | null {
  for (const part of header.split(',').reverse()) {
    const [, name, version] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(part) ?? [];
    if (name?.toLowerCase() === service) return version!;
  }
  return null;
}
