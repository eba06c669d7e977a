import type { CommandHeader } from './envelope.js';

/**
 * What Avro's own resolution cannot express about an older version is mended here, at the reading edge, so that nothing
 * behind it knows old versions. A field that was added with a default needs no upcaster.
 */
export type Upcaster = (fields: Record<string, unknown>) => Record<string, unknown>;

/**
 * Version 1 of the header called whoever was not authenticated `anonymous`. Since a name can be stated, one that nobody
 * stated is empty.
 */
export const anonymousToEmpty: Upcaster = (fields) => {
  const header = fields.header as CommandHeader;
  if (header.actor.authenticated) return fields;
  return { ...fields, header: { ...header, actor: { ...header.actor, name: '' } } };
};
