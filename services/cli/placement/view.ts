import type { Consumer, PlacementState, Provider } from '@holdfast/core/placement/state';
import type { Inventory } from '@holdfast/events/placement/messages';
import { placementProjections } from '@holdfast/projections/placement/module';
import { bySubject, fields, type List, type ModuleView, type Table, type Thing } from '../view.js';
import { placementRows } from './rows.js';
import { amountsText, capacityText } from './words.js';

/** Providers with their inventories and what is used of them, consumers with what they have, classes and traits. */
export const placementView: ModuleView<PlacementState> = {
  parts: {
    providers: ({ providers }) => ({
      name: 'providers',
      noun: 'provider',
      things: byId(providers.entries()).map(providerThing),
    }),
    names: null,
    consumers: ({ consumers }) => ({
      name: 'consumers',
      noun: 'consumer',
      things: byId(consumers.entries()).map(consumerThing),
    }),
    customClasses: ({ customClasses }) => names('resourceClasses', 'resource class', customClasses.keys()),
    customTraits: ({ customTraits }) => names('traits', 'trait', customTraits.keys()),
  },
  tables: ({ providers, consumers }) => [
    providersTable(byId(providers.entries())),
    heldTable(byId(consumers.entries())),
  ],
  async readRows(database, shard) {
    const { answer, read } = await placementProjections.present.rows(database, shard);
    return read.status === undefined ? null : placementRows(read.status, answer);
  },
};

/** Of what is a name and nothing else. */
function names(name: string, noun: string, all: readonly string[]): List {
  const things = all.map((one): Thing => ({ subject: `${noun} ${one}`, shown: { name: one }, words: 'there' }));
  return { name, noun, things: things.sort(bySubject) };
}

function byId<One extends { id: string }>(entries: [string, One][]): One[] {
  return entries.map(([, one]) => one).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function providerThing(provider: Provider): Thing {
  const { children: _, inventories, usage, ...rest } = provider;
  const usages = [...usage].map(([resourceClass, amount]) => ({ resourceClass, amount }));
  const of = [...inventories.values()].map(
    (inventory) => `${usedOf(provider, inventory)} of ${capacityText(inventory)} ${inventory.resourceClass}`,
  );
  const { aggregates, traits } = provider;
  const marks = [
    ...(aggregates.length === 0 ? [] : [`in ${aggregates.join(', ')}`]),
    ...(traits.length === 0 ? [] : [`with ${traits.join(', ')}`]),
  ];
  return {
    subject: `provider ${provider.id}`,
    shown: { ...fields(rest), inventories: [...inventories.values()].map(fields), usages },
    words: `${provider.name}, generation ${provider.generation}: ${of.length === 0 ? 'no inventory' : of.join(', ')}${marks.map((one) => `; ${one}`).join('')}`,
  };
}

function usedOf({ usage }: Provider, { resourceClass }: Inventory): number {
  return usage.get(resourceClass) ?? 0;
}

function consumerThing(consumer: Consumer): Thing {
  const has = consumer.allocations.map(({ provider, resources }) => `${amountsText(resources)} of ${provider}`);
  return { subject: `consumer ${consumer.id}`, shown: fields(consumer), words: has.join('; ') };
}

function providersTable(providers: Provider[]): Table {
  const rows = providers.flatMap((provider) => {
    const { id, name, inventories } = provider;
    if (inventories.size === 0) return [[id, name, '-', '-', '-']];
    return [...inventories.values()].map((one) => [
      id,
      name,
      one.resourceClass,
      String(usedOf(provider, one)),
      capacityText(one),
    ]);
  });
  return { headings: ['PROVIDER', 'NAME', 'CLASS', 'USED', 'OF'], rows };
}

function heldTable(consumers: Consumer[]): Table {
  const rows = consumers.flatMap(({ id, projectId, userId, allocations }) =>
    allocations.map(({ provider, resources }) => [id, provider, amountsText(resources), projectId, userId]),
  );
  return { headings: ['CONSUMER', 'PROVIDER', 'ALLOCATED', 'PROJECT', 'USER'], rows };
}
