import avsc from 'avsc';
import type { CatalogueEntry, RecordSchema } from './catalogue.js';
import { sha256 } from './hash.js';

/**
 * FULL_TRANSITIVE, as a registry has it: every version of a message reads every other. Gives what breaks it, empty
 * where nothing does.
 */
export function incompatibilities(entries: readonly Pick<CatalogueEntry, 'type' | 'version' | 'schema'>[]): string[] {
  const broken: string[] = [];
  for (const reader of entries) {
    for (const writer of entries) {
      if (reader.type !== writer.type || reader === writer) continue;
      const why = cannotRead(reader.schema, writer.schema);
      if (why !== null) broken.push(`${reader.type} version ${reader.version} cannot read ${writer.version}: ${why}`);
    }
  }
  return broken;
}

function cannotRead(reader: RecordSchema, writer: RecordSchema): string | null {
  try {
    const type = avsc.Type.forSchema(reader as avsc.Schema);
    type.createResolver(avsc.Type.forSchema(writer as avsc.Schema));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * SHA-256 of each schema as it stands alone, by `<type>.v<version>`. Unlike the fingerprint it covers defaults and
 * docs: older bytes are read with the one, and a registry has both.
 */
export function schemaHashes(
  entries: readonly Pick<CatalogueEntry, 'type' | 'version' | 'schema'>[],
): Record<string, string> {
  return Object.fromEntries(
    entries.map(({ type, version, schema }) => [`${type}.v${version}`, sha256(JSON.stringify(schema))]),
  );
}

/**
 * What was edited, removed, or added without being pinned, against the hashes of the schemas that landed; empty where
 * nothing was.
 */
export function edits(now: Readonly<Record<string, string>>, pinned: Readonly<Record<string, string>>): string[] {
  const keys = [...new Set([...Object.keys(pinned), ...Object.keys(now)])];
  return keys.flatMap((key) => {
    if (now[key] === pinned[key]) return [];
    if (pinned[key] === undefined) return [`${key} is not pinned yet: HOLDFAST_WRITE_GOLDEN=1 pins it`];
    return [`${key} has landed and is not what it was: put it back, and make a change its next version`];
  });
}
