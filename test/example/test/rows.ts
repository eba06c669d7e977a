import { auditIn, rowsIn } from '@holdfast/api/example/asked';
import type { ExampleEvent } from '@holdfast/events/example/messages';
import type { Rebuilt, RowsPart } from '../../support/rows.js';
import { MemoryExample } from './memory.js';

const rebuilt: Rebuilt = {
  eventsOf(n) {
    const [instrument, claim] = [`microscope-${n % 4}`, `claim-${n}`];
    const event: ExampleEvent =
      n % 3 === 0
        ? { type: 'example.Returned', instrument, claim }
        : { type: 'example.Claimed', instrument, claim, durationMs: n, expiresAt: n };
    return [event as never];
  },
  async shown(model) {
    const { claims } = await auditIn(model).past({ instruments: [] }, { time: Number.MAX_SAFE_INTEGER });
    const present = await rowsIn(model).claims();
    return { past: claims, present: present.map(({ instrument, claim }) => ({ instrument, claim })) };
  },
};

export const exampleRows = {
  memory: MemoryExample,
  answers: async (present) => [await rowsIn({ present }).claims()],
  ending: ['example.Returned', 'example.ClaimExpired'],
  rebuilt,
} as const satisfies RowsPart;
