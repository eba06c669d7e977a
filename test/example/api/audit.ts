import { instant, shownBy } from '@holdfast/api/audit/entries';
import type { AuditAsked, ModuleAudit } from '@holdfast/api/audit/module';
import { requireMoment } from '@holdfast/api/audit/moments';
import { bad, cursorOf, isName, type LogMoment } from '@holdfast/api/audit/parameters';
import { readAudit } from '@holdfast/api/audit/read-audit';
import { byAndWhy, sinceText } from '@holdfast/api/audit/text';
import { auditIn } from './asked.js';
import { exampleTexts } from './audit-texts.js';
import { exampleHolderFilters, exampleResource } from './filters.js';

/* What the audit shows of instruments. */

export const exampleAudit: ModuleAudit = {
  histories: [
    {
      path: 'instruments',
      operationId: 'instrumentHistory',
      what: 'an instrument',
      description: '404 where the log has nothing on it.',
    },
  ],
  resource: { ...exampleResource, idOf: instrumentOf },
  beside: {},
  holders: exampleHolderFilters,
  pastFilters: ['instruments'],
  showHolders,
  showPast,
  document: exampleTexts,
};

async function showHolders({ context, query, request }: AuditAsked) {
  const [series, actor, age] = [query.text('series'), query.text('actor'), query.age('age')];
  const after = query.cursor('claims', isName) as string | undefined;
  const wanted = {
    ...(series === undefined ? {} : { series }),
    ...(actor === undefined ? {} : { actor }),
    ...(age === undefined ? {} : { sinceMax: context.dependencies.runtime.now() - age }),
    ...(after === undefined ? {} : { after }),
    limit: query.limit(),
  };
  const page = await readAudit(context, request, (audit) => auditIn(audit).holders(wanted));
  const holders = page.rows.map(({ instrument, since, by }) => ({
    Instrument: instrument,
    Text: `claimed${sinceText(since)}${by === null ? '' : byAndWhy(by)}`,
    ...(since === null ? {} : { Since: instant(since) }),
    ...shownBy(by),
  }));
  return { Holders: holders, Next: cursorOf('claims', page.next) };
}

async function showPast({ context, query, request, reply }: AuditAsked, moment: LogMoment) {
  const instruments = (query.texts('instruments') ?? []).map((text) => instrumentOf('instruments', text));
  const found = await readAudit(context, request, async (audit) => {
    await requireMoment(moment, audit, context.dependencies.runtime.now());
    return auditIn(audit).past({ instruments }, moment);
  });
  reply.header('holdfast-sequence', found.sequence);
  if (found.time !== null) reply.header('holdfast-time', instant(found.time));
  const claims = found.claims.map(({ instrument, claim }) => ({ Instrument: instrument, Claim: claim }));
  return { Claims: claims, NotFound: found.free };
}

/** Throws ApiError `bad-request`, which names the parameter. */
function instrumentOf(parameter: string, text: string): string {
  if (!/^[a-z0-9-]{1,64}$/.test(text)) throw bad(parameter, 'is no name of an instrument, such as microscope-1');
  return text;
}
