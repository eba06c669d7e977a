import avsc from 'avsc';
import type { CatalogueEntry, RecordSchema } from './catalogue.js';

/**
 * FULL_TRANSITIVE, as a registry has it: every version of a message reads every other. Gives what breaks it, empty where
 * nothing does.
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
