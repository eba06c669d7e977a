import type { ModuleName } from '@holdfast/core';
import { Option } from 'commander';
import { amountsText, capacityText } from '../placement-words.js';
import { counted, paint, table } from '../tables.js';
import { say } from './server.js';

/** What the commands of the audit print of providers and consumers. */

export interface ModuleOptions {
  module: ModuleName;
}

/** What is asked about, of each module. */
const asked: Readonly<Record<ModuleName, string>> = {
  cray: 'components',
  placement: 'providers and consumers, by their UUIDs',
};

export function moduleOption(): Option {
  const words = Object.entries(asked).map(([name, what]) => `${name}: ${what}`);
  return new Option('--module <name>', words.join('; ')).choices(Object.keys(asked)).default('cray');
}

interface Amount {
  ResourceClass: string;
  Amount: number;
}

interface Allocation {
  Provider: string;
  Resources: Amount[];
}

interface Consumer {
  ID: string;
  ProjectID: string;
  UserID: string;
  Allocations: Allocation[];
}

export interface AllocationHolder extends Consumer {
  Since?: string;
  Request?: { Actor: { Name: string }; Reason?: string };
}

export interface PastPlacement {
  Providers: {
    ID: string;
    Name: string;
    Generation: number;
    Inventories: { ResourceClass: string; Total: number; Reserved: number; AllocationRatio: number }[];
    Usages: Amount[];
  }[];
  Consumers: (Consumer & { Generation: number })[];
  NotFound: string[];
}

/** A line for each provider that a consumer has something of. */
export function showAllocations(holders: readonly AllocationHolder[], more: boolean): void {
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

export function showPlacement({ Providers, Consumers, NotFound }: PastPlacement, all: boolean): void {
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

function capacity({ Total, Reserved, AllocationRatio }: PastPlacement['Providers'][number]['Inventories'][number]) {
  return capacityText({ total: Total, reserved: Reserved, allocationRatio: AllocationRatio });
}

function amounts(resources: readonly Amount[]): string {
  return amountsText(resources.map(({ ResourceClass, Amount }) => ({ resourceClass: ResourceClass, amount: Amount })));
}
