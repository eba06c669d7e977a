import { placementHolderFilters, placementResource } from '@holdfast/api/placement/filters';
import { say } from '../commands/server.js';
import type { CliAudit } from '../module.js';
import { counted, paint, table } from '../tables.js';
import { amountsText, capacityText } from './words.js';

/** What is asked of the audit about providers and consumers. */
export const placementCliAudit: CliAudit = {
  asks: 'providers and consumers, by their UUIDs',
  history: {
    path: 'consumers',
    id: 'a provider or consumer by its UUID',
    example: 'a provider or consumer of Placement by its UUID',
    isId: (text) => /^[0-9a-f]{32}$/i.test(text.replaceAll('-', '')),
    columns: [],
  },
  resource: placementResource,
  event: 'placement.ConsumerPut',
  holders: placementHolderFilters,
  checkHolders: async () => {},
  showHolders: showAllocations,
  past: {
    shows: 'what was allocated',
    ids: ['[uuid...]', 'providers and consumers'],
    idsBy: 'ids',
    checkIds() {},
    withFilters: (command) => command,
    filtersIn: () => ({}),
    check: async () => {},
    show: showPlacement,
  },
};

interface ShownAmount {
  ResourceClass: string;
  Amount: number;
}

interface ShownAllocation {
  Provider: string;
  Resources: ShownAmount[];
}

interface ShownConsumer {
  ID: string;
  ProjectID: string;
  UserID: string;
  Allocations: ShownAllocation[];
}

interface ShownAllocationHolder extends ShownConsumer {
  Since?: string;
  Request?: { Actor: { Name: string }; Reason?: string };
}

interface ShownPastPlacement {
  Providers: {
    ID: string;
    Name: string;
    Generation: number;
    Inventories: { ResourceClass: string; Total: number; Reserved: number; AllocationRatio: number }[];
    Usages: ShownAmount[];
  }[];
  Consumers: (ShownConsumer & { Generation: number })[];
  NotFound: string[];
}

/** A line for each provider that a consumer has something of. */
function showAllocations(holders: readonly ShownAllocationHolder[], more: boolean): void {
  const rows = holders.flatMap(({ ID, ProjectID, Since, Request, Allocations }) =>
    Allocations.map(({ Provider, Resources }) => [
      ID,
      Provider,
      amounts(Resources),
      ProjectID,
      Since ?? '-',
      Request?.Actor.Name ?? '-',
      Request?.Reason ?? '-',
    ]),
  );
  say(`${counted(holders.length, 'consumer')} with allocations${more ? ', and more' : ''}`);
  const headings = ['CONSUMER', 'PROVIDER', 'ALLOCATED', 'PROJECT', 'SINCE', 'BY', 'WHY'];
  if (rows.length > 0) say(table(headings, rows, true));
}

function showPlacement({ Providers, Consumers, NotFound }: ShownPastPlacement, all: boolean): void {
  say(`${counted(Providers.length, 'provider')}, ${counted(Consumers.length, 'consumer')}`);
  const inventories = Providers.flatMap(({ ID, Name, Inventories, Usages }) =>
    (Inventories.length === 0 ? [null] : Inventories).map((one) => {
      if (one === null) return [ID, Name, '-', '-', '-'];
      const used = Usages.find(({ ResourceClass }) => ResourceClass === one.ResourceClass)?.Amount ?? 0;
      return [ID, Name, one.ResourceClass, String(used), capacity(one)];
    }),
  );
  if (inventories.length > 0) say(table(['PROVIDER', 'NAME', 'CLASS', 'USED', 'OF'], inventories, all));
  const held = Consumers.flatMap(({ ID, ProjectID, UserID, Allocations }) =>
    Allocations.map(({ Provider, Resources }) => [ID, Provider, amounts(Resources), ProjectID, UserID]),
  );
  if (held.length > 0) say(table(['CONSUMER', 'PROVIDER', 'ALLOCATED', 'PROJECT', 'USER'], held, all));
  if (NotFound.length === 0) return;
  say(paint('red', `${counted(NotFound.length, 'id')} not found`));
  say(
    table(
      ['ID'],
      NotFound.map((id) => [id]),
      all,
    ),
  );
}

function capacity({
  Total,
  Reserved,
  AllocationRatio,
}: ShownPastPlacement['Providers'][number]['Inventories'][number]) {
  return capacityText({ total: Total, reserved: Reserved, allocationRatio: AllocationRatio });
}

function amounts(resources: readonly ShownAmount[]): string {
  return amountsText(resources.map(({ ResourceClass, Amount }) => ({ resourceClass: ResourceClass, amount: Amount })));
}
