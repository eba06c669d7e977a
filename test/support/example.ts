import { fileURLToPath } from 'node:url';
import { type Codec, type Command, createCodec, type Event } from '@holdfast/events';
import { loadCatalogue, schemaFolder } from '@holdfast/events/catalogue';
import type { ExampleCommand, ExampleEvent } from '@holdfast/events/example/messages';
import localIds from '../../events/schema-ids.json' with { type: 'json' };
import exampleIds from '../example/schema-ids.json' with { type: 'json' };

const catalogue = loadCatalogue(schemaFolder(), fileURLToPath(new URL('../example/schemas', import.meta.url)));

/** For tests of the engine, which need a module and mean none of its own: it has the messages of `example` besides. */
export function exampleCodec(): Codec {
  return createCodec({ ...localIds, ...exampleIds }, catalogue);
}

/** As one of the messages that there are. */
const asCommand = (command: ExampleCommand) => command as unknown as Command;
export const asEvent = (event: ExampleEvent) => event as unknown as Event;

export const claiming = (instrument: string): Command =>
  asCommand({ type: 'example.ClaimRequested', instrument, durationMs: 3_600_000 });

/** What it answers where its rows are among the others: see with-example.ts. */
export { auditIn as exampleAuditIn, rowsIn as exampleIn } from '../example/api/asked.js';
