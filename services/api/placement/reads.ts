import { isStandardClass, standardClasses } from '@holdfast/events/placement/standard-classes';
import type { PlacementModel } from '@holdfast/projections/placement/port';
import type { ApiDependencies } from '../settings.js';
import { parametersOf, queryOf } from './bodies.js';
import { PlacementError } from './errors.js';
import { microversionMax, shown } from './microversion.js';
import type { Operation } from './operation.js';
import { providerReads } from './provider-reads.js';
import { latest, type ReadOperations, reading } from './reading.js';
import { traitReads } from './trait-reads.js';
import { isCanonicalUuid } from './uuids.js';
import { classView, consumerView, unknownType, usagesView } from './views.js';

/** What only reads. */
export function readOperations(dependencies: ApiDependencies): Record<string, Operation> {
  const { placement } = dependencies.readModel.present;
  const common = reading(dependencies);
  return {
    ...classReads(placement, common),
    ...consumerReads(placement, common),
    ...providerReads(placement, common),
    ...traitReads(placement, common),
  };
}

function classReads(placement: PlacementModel, { answered, found }: ReadOperations): Record<string, Operation> {
  return {
    showVersions: answered(async () => ({ body: versions }), { reads: false }),
    listResourceClasses: answered(async (call) => {
      const custom = await found(call, () => placement.resourceClasses());
      const names = [...standardClasses, ...custom.map(({ name }) => name)];
      return { body: { resource_classes: names.map((name) => classView(name)) }, changedAt: latest(custom) };
    }),
    showResourceClass: answered(async (call) => {
      const { name = '' } = call.path;
      const custom = await found(call, () => placement.resourceClasses());
      const row = custom.find((one) => one.name === name);
      if (row === undefined && !isStandardClass(name)) throw new PlacementError(404, `No such resource class ${name}.`);
      return { body: classView(name), ...row };
    }),
  };
}

function consumerReads(placement: PlacementModel, { answered, found }: ReadOperations): Record<string, Operation> {
  return {
    listAllocations: answered(async (call) => {
      const { consumer_uuid: uuid = '' } = call.path;
      const row = isCanonicalUuid(uuid) ? await found(call, () => placement.consumer(uuid)) : null;
      return { body: consumerView(row, call), changedAt: row?.changedAt ?? null };
    }),
    listUsages: answered(
      async (call) => {
        const query = queryOf(call.request, call.schemas.query(call.version));
        const { project_id: projectId = '', user_id: userId, consumer_type: type } = query;
        const rows = await found(call, () =>
          placement.usages({
            projectId,
            ...(userId === undefined ? {} : { userId }),
            ...(type === undefined || type === 'all' ? {} : { consumerType: type === unknownType ? null : type }),
          }),
        );
        return { body: usagesView(rows, type === 'all', call) };
      },
      { projectOf: (request) => parametersOf(request).project_id ?? null },
    ),
  };
}

const versions = {
  versions: [
    {
      id: `v${shown(0)}`,
      max_version: shown(microversionMax),
      min_version: shown(0),
      status: 'CURRENT',
      links: [{ rel: 'self', href: '' }],
    },
  ],
};
