import type { PlacementCommand } from '@holdfast/events/placement/messages';
import { jsonBody } from './bodies.js';
import { PlacementError } from './errors.js';
import type { Call, Operation } from './operation.js';
import { isCanonicalUuid } from './uuids.js';

/** Makes an operation of what a call asks for. Throws PlacementError for what can be no command. */
export type ChangeOperation = (toCommand: (call: Call) => PlacementCommand | Promise<PlacementCommand>) => Operation;

/** The body of a request in its version. Throws PlacementError 400. */
export function bodyOf<Body>({ request, schemas, version }: Call): Body {
  return jsonBody(request, schemas.body(version)!) as Body;
}

/** The provider in a path. No provider is called what is no UUID: throws PlacementError 404. */
export function providerIn(
  { path }: Call,
  words = (uuid: string) => `No resource provider with uuid ${uuid} found`,
): string {
  const { uuid = '' } = path;
  if (!isCanonicalUuid(uuid)) throw new PlacementError(404, words(uuid));
  return uuid;
}

/** The class in a path. No class has another name: throws PlacementError 404. */
export function classIn({ path }: Call, part: 'name' | 'resource_class', words: (name: string) => string): string {
  const name = path[part] ?? '';
  if (!/^[A-Z0-9_]{1,255}$/.test(name)) throw new PlacementError(404, words(name));
  return name;
}
