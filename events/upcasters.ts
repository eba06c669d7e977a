/**
 * What Avro's own resolution cannot express about an older version is mended here, at the reading edge, so that nothing
 * behind it knows old versions. Keyed by `<type>.v<version>`; none is needed yet.
 */
export type Upcaster = (fields: Record<string, unknown>) => Record<string, unknown>;

const upcasters: Readonly<Record<string, Upcaster>> = {};

export function upcast(type: string, version: number, fields: Record<string, unknown>): Record<string, unknown> {
  return upcasters[`${type}.v${version}`]?.(fields) ?? fields;
}
