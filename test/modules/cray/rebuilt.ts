import type { Event } from '@holdfast/events';
import type { Rebuilt } from '../../support/rows.js';
import { unknownNode } from './properties.js';

const everything = { ids: [], criteria: [] };
const fleet = Array.from({ length: 6 }, (_, n) => `x0c0s${n}b0n0`);

export const crayRebuilt: Rebuilt = {
  eventsOf,
  async shown({ present, modules }) {
    const { components } = await present.cray.status(everything);
    const past = await modules.cray.past(everything, { time: Number.MAX_SAFE_INTEGER });
    return { past: past.components, present: components.map(({ lockToken: _, ...row }) => row) };
  },
};

/** Some events of the fleet that differ with `n`. */
function eventsOf(n: number): Event[] {
  const xname = fleet[n % fleet.length]!;
  const kinds: Event[] = [
    { type: 'cray.ComponentPut', xname, properties: { ...unknownNode, nid: n } },
    { type: 'cray.ComponentLocked', xname },
    {
      type: 'cray.CollectionPut',
      kind: 'group',
      name: `group ${n % 4}`,
      description: `${n} "\\\\\t\n\\N`,
      members: [xname],
      tags: [`tag ${n}`],
      exclusiveGroup: n % 3 === 0 ? 'colour' : '',
    },
    {
      type: 'cray.CollectionChanged',
      kind: 'group',
      name: `group ${(n + 1) % 4}`,
      description: n % 2 === 0 ? null : `changed ${n}`,
      tags: n % 3 === 0 ? [] : null,
      added: [xname],
      removed: [fleet[(n + 1) % fleet.length]!],
    },
    { type: 'cray.ComponentUnlocked', xname },
    { type: 'cray.RequestRefused', xname, reason: 'Locked' },
    { type: 'cray.ComponentDeleted', xname },
  ];
  return kinds.filter((_, kind) => (n >> kind) % 2 === 0);
}
