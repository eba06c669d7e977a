import type { EngineEvent } from '@holdfast/events/engine';
import type { EventEntry, RecordedDecision, RequestEntry } from '@holdfast/projections/audit-port';
import type { ApiModule, CommandTraits, EventWords } from '../module.js';
import type { ModuleAudit } from './module.js';
import { byAndWhy, counted, duration } from './text.js';

/** What happened, in words for people: these may change. What programs read is beside them. All is pure. */
export interface Words {
  /** `reserved for 15 minutes by alice: firmware update`. */
  eventText(entry: EventEntry): string;
  /** `refused (Locked): lock of 3 components by alice: firmware update`. */
  requestText(request: RequestEntry): string;
  /** Every type of event there is. */
  eventTypes: readonly string[];
  /** Of an event of this type, fields that are shown beside its changes, and what they are called there. */
  besideOf(type: string): ReadonlyMap<string, string>;
}

type Say = (event: object, decision: RecordedDecision) => string;
type CommandOf = (command: string) => Pick<CommandTraits<never>, 'noun' | 'counts'>;

/** What a module has to say. */
type WordsModule = Pick<ApiModule, 'commands' | 'words' | 'kept'> & { audit: Pick<ModuleAudit, 'beside'> };

/** Of the engine and of these modules. */
export function wordsOf(modules: readonly WordsModule[]): Words {
  const commands: Readonly<Record<string, CommandTraits<never>>> = Object.assign(
    {},
    ...modules.map((module) => module.commands),
  );
  // One that has no word goes by its type; one that could not be decoded has none.
  const commandOf: CommandOf = (command) => commands[command] ?? { noun: command || 'request', counts: null };
  const engine = { words: engineWords(commandOf), kept: () => ({}), audit: { beside: {} } };
  const says = new Map(
    [engine, ...modules].flatMap(({ words, kept, audit }) => {
      const beside = new Map(Object.entries(audit.beside));
      return Object.entries<unknown>(words).map(([type, say]) => [type, { say: say as Say, kept, beside }] as const);
    }),
  );
  return {
    eventText(entry) {
      const { type, detail, decision } = entry;
      const known = says.get(type);
      if (known === undefined) return type + byAndWhy(decision);
      return known.say({ ...detail, type, ...known.kept(entry) }, decision);
    },
    requestText(request) {
      const { originalSequence } = request;
      return originalSequence === null ? decisionText(request, commandOf) : repeatedText(request, originalSequence);
    },
    eventTypes: [...says.keys()],
    besideOf: (type) => says.get(type)?.beside ?? new Map(),
  };
}

function engineWords(commandOf: CommandOf): EventWords<EngineEvent> {
  return {
    'engine.ShardOpened': ({ domains }) => `shard opened for ${domains.join(', ')}`,
    'engine.CommandLogAttached': ({ logId }) => `command log ${logId} begun`,
    'engine.LevelRaised': ({ level }, decision) => `log raised to level ${level}${byAndWhy(decision)}`,
    'engine.SchemasRecorded': ({ schemas }) => `${counted(schemas.length, 'schema')} recorded`,
    'engine.TimeShifted': ({ byMs }) =>
      `every lease moved by ${duration(byMs)}, as the log's clock was set, or the log was silent`,
    'engine.TickerHeard': ({ ticker }) => `ticker ${ticker} heard`,
    'engine.EpochStarted': () => 'epoch begun',
    'engine.EpochEnded': () => 'epoch ended',
    'engine.RequestDecided': (_event, decision) => decisionText(decision, commandOf),
    'engine.Repeated': ({ originalSequence }, decision) => repeatedText(decision, originalSequence),
  };
}

function decisionText(decision: RecordedDecision, commandOf: CommandOf): string {
  const { command, status, total, reason } = decision;
  const { noun, counts } = commandOf(command);
  const about = !total || counts === null ? '' : ` of ${counted(total, counts)}`;
  const why = reason === null ? '' : ` (${reason})`;
  const became = status === 'conflict' ? 'refused (its Idempotency-Key had another body before)' : status;
  return `${became}${why}: ${noun}${about}${byAndWhy(decision)}`;
}

function repeatedText(decision: RecordedDecision, originalSequence: number): string {
  return `repeated: request of sequence ${originalSequence}${byAndWhy(decision)}`;
}
