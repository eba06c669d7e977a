import type {
  AuditQueries,
  EventEntry,
  EventPage,
  EventsQuery,
  RecordedDecision,
} from '@holdfast/projections/audit-port';
import type { FastifyRequest } from 'fastify';
import { ApiError } from '../errors.js';
import type { NamedPresentation } from '../requests.js';

/** Names of the modules whose events and requests somebody may see; null: all. */
export type Sight = readonly string[] | null;

/** What a module lets see of what was done in it. */
export type SightRights = Pick<NamedPresentation, 'module' | 'maySeeAll'>;

/** What is the engine's own everybody may see. */
export function sightOf(request: FastifyRequest, modules: readonly SightRights[]): Sight {
  const seen = modules.filter((one) => one.maySeeAll(request));
  return seen.length === modules.length ? null : ['engine', ...seen.map(({ module }) => module)];
}

/** Throws ApiError `forbidden`. For what is of one module alone. */
export function requireSight(sight: Sight, module: string): void {
  if (sight === null || sight.includes(module)) return;
  throw new ApiError('forbidden', `The roles of this token do not allow to see what is in ${module}`);
}

/**
 * The audit as somebody sees it: pages, counts and what comes next are of what may be seen, so nothing there tells of
 * the rest. Sequences count all of the log, so that there is more does show, as it does in the sequences of one's own
 * answers.
 */
export function seenAs(audit: AuditQueries, sight: Sight): AuditQueries {
  if (sight === null) return audit;
  return {
    history: async (query) => redacted(await audit.history({ ...query, modules: sight }), sight),
    requests: (query) => audit.requests({ ...query, modules: sight }),
    events: (query) => seenEvents(audit, sight, query),
    modules: audit.modules,
  };
}

export async function seenEvents(
  audit: Pick<AuditQueries, 'events'>,
  sight: Sight,
  query: EventsQuery,
): Promise<EventPage> {
  return sight === null ? audit.events(query) : redacted(await audit.events({ ...query, modules: sight }), sight);
}

function redacted<Page extends { rows: EventEntry[] }>(page: Page, sight: readonly string[]): Page {
  return { ...page, rows: page.rows.map((entry) => withoutOthers(entry, sight)) };
}

/**
 * A lease that ends does so in whichever group comes next: of one that was asked for elsewhere nothing but its place is
 * told.
 */
function withoutOthers<Entry extends EventEntry>(entry: Entry, sight: readonly string[]): Entry {
  const { decision, type } = entry;
  const isOutcome = type === 'engine.RequestDecided' || type === 'engine.Repeated';
  if (isOutcome || sight.includes(decision.command.split('.', 1)[0]!)) return entry;
  return { ...entry, decision: { ...unseen, sequence: decision.sequence } };
}

const unseen: Omit<RecordedDecision, 'sequence'> = {
  commandId: '',
  actor: '',
  command: 'engine.',
  status: 'accepted',
  total: null,
  reason: null,
  origin: null,
};
