import type { AuditModel, ReadModel } from '@holdfast/projections';
import { fleetOf } from '../../bench/inventory.js';
import type { Question } from '../../bench/module.js';

/** Of histories, past moments and holders of a fleet of that size. */
export async function crayQuestions(model: ReadModel & AuditModel, components: number): Promise<Question[]> {
  const fleet = fleetOf(components);
  const { cray } = model.modules;
  const newest = await cray.past({ ids: [fleet[0]!], criteria: [] }, { time: Number.MAX_SAFE_INTEGER });
  const all = { ids: [], criteria: [] };
  const past = (n: number) => Math.floor((newest.sequence * ((n * 37) % 100)) / 100);
  const xname = (n: number) => fleet[(n * 7_919) % fleet.length]!;
  const management = { ids: [], criteria: [{ field: 'Role' as const, values: ['management'] }] };
  return [
    ['history of a component, 100 rows', (n) => model.history({ resource: xname(n), limit: 100 })],
    ['history of a component, 1,000 rows', (n) => model.history({ resource: xname(n), limit: 1_000 })],
    [`state of all ${components.toLocaleString('en')}, past sequence`, (n) => cray.past(all, { sequence: past(n) })],
    ['state of one role, past sequence', (n) => cray.past(management, { sequence: past(n) })],
    ['state of 100 ids, now', (n) => cray.past({ ids: fleet.slice(n, n + 100), criteria: [] }, { time: newest.time! })],
    ['state of all, now', () => model.present.cray.status(all)],
    ['holders, 1,000', () => cray.holders({ limit: 1_000 })],
    ['holders, all', () => cray.holders({ limit: components })],
    ['holders of an actor, 1,000', () => cray.holders({ actor: 'operator', limit: 1_000 })],
  ];
}
