import { allocationShown, amountShown, inventoryShown } from '@holdfast/events/placement/shown';
import { shownPart } from '@holdfast/events/showing';
import type { AllocationHolder, PastConsumer, PastProvider } from '@holdfast/projections/placement/port';
import { instant, shownBy, shownPast } from '../audit/entries.js';
import type { AuditAsked, ModuleAudit } from '../audit/module.js';
import { requireMoment } from '../audit/moments.js';
import { bad, cursorOf, isName, type LogMoment } from '../audit/parameters.js';
import { readAudit } from '../audit/read-audit.js';
import { byAndWhy, sinceText } from '../audit/text.js';
import { uuidPattern } from '../submit.js';
import { placementTexts } from './audit-texts.js';
import { placementHolderFilters, placementResource } from './filters.js';
import { allocationsText } from './words.js';

/* What the audit shows of providers and consumers. */

const description = [
  'One that was deleted has its history still. 404 where the log has nothing on that UUID.',
  "An id that is both a provider's and a consumer's has one history.",
].join(' ');

export const placementAudit: ModuleAudit = {
  histories: [
    { path: 'providers', operationId: 'providerHistory', what: 'a provider of the module placement', description },
    { path: 'consumers', operationId: 'consumerHistory', what: 'a consumer of the module placement', description },
  ],
  resource: { ...placementResource, idOf: uuidOf },
  beside: {},
  holders: placementHolderFilters,
  pastFilters: ['ids'],
  showHolders,
  showPast,
  document: placementTexts,
};

async function showHolders({ context, query, request }: AuditAsked) {
  const { dependencies } = context;
  const [provider, resourceClass, projectId] = [
    query.text('provider'),
    query.text('resourceClass'),
    query.text('project'),
  ];
  const actor = query.text('actor');
  const age = query.age('age');
  const after = query.cursor('allocations', isName) as string | undefined;
  const wanted = {
    ...(provider === undefined ? {} : { provider: uuidOf('provider', provider) }),
    ...(resourceClass === undefined ? {} : { resourceClass: resourceClass.toUpperCase() }),
    ...(projectId === undefined ? {} : { projectId }),
    ...(actor === undefined ? {} : { actor }),
    ...(age === undefined ? {} : { sinceMax: dependencies.runtime.now() - age }),
    ...(after === undefined ? {} : { after }),
    limit: query.limit(),
  };
  const page = await readAudit(context, request, (audit) => audit.modules.placement.holders(wanted));
  return { Holders: page.rows.map(shownHolder), Next: cursorOf('allocations', page.next) };
}

function shownHolder({ consumer, projectId, userId, consumerType, allocations, since, by }: AllocationHolder) {
  return {
    ID: consumer,
    Text: `${allocationsText(allocations)} allocated${sinceText(since)}${by === null ? '' : byAndWhy(by)}`,
    ProjectID: projectId,
    UserID: userId,
    ...(consumerType === null ? {} : { ConsumerType: consumerType }),
    Allocations: shownPast(shownPart(allocationShown, allocations)),
    ...(since === null ? {} : { Since: instant(since) }),
    ...shownBy(by),
  };
}

async function showPast({ context, query, request, reply }: AuditAsked, moment: LogMoment) {
  const ids = [...new Set((query.texts('ids') ?? []).map((id) => uuidOf('ids', id)))];
  const found = await readAudit(context, request, async (audit) => {
    await requireMoment(moment, audit, context.dependencies.runtime.now());
    return audit.modules.placement.past({ ids }, moment);
  });
  reply.header('holdfast-sequence', found.sequence);
  if (found.time !== null) reply.header('holdfast-time', instant(found.time));
  return {
    Providers: found.providers.map(shownProvider),
    Consumers: found.consumers.map(shownConsumer),
    NotFound: found.notFound,
  };
}

function shownProvider({ uuid, name, parent, generation, inventories, usages, aggregates, traits }: PastProvider) {
  return {
    ID: uuid,
    Name: name,
    ...(parent === null ? {} : { ParentID: parent }),
    Generation: generation,
    Inventories: shownPast(shownPart(inventoryShown, inventories)),
    Usages: shownPast(shownPart(amountShown, usages)),
    Aggregates: aggregates,
    Traits: traits,
  };
}

function shownConsumer({ uuid, generation, projectId, userId, consumerType, allocations }: PastConsumer) {
  return {
    ID: uuid,
    Generation: generation,
    ProjectID: projectId,
    UserID: userId,
    ...(consumerType === null ? {} : { ConsumerType: consumerType }),
    Allocations: shownPast(shownPart(allocationShown, allocations)),
  };
}

/** As the log has it: lower case, with dashes. Throws ApiError `bad-request`, which names the parameter. */
function uuidOf(name: string, text: string): string {
  const digits = text.toLowerCase().replaceAll('-', '');
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (!uuidPattern.test(uuid)) throw bad(name, 'is not a UUID, such as 4e8e5957-649f-477b-9e5b-f1f75b21c03c');
  return uuid;
}
