import type { ExampleCommand, ExampleEvent } from '@holdfast/events/example/messages';
import type { Caller, Traffic } from '../../simulation/module.js';
import type { Random } from '../../simulation/random.js';

const instruments = ['microscope-1', 'microscope-2', 'telescope-1'];

/** Clients that claim the same few instruments, and give back what they or others had. */
export class ExampleTraffic implements Traffic {
  constructor(private readonly random: Random) {}

  beginning(): never[] {
    return [];
  }

  caller(): Caller {
    const { random } = this;
    const claims: { instrument: string; claim: string }[] = [{ instrument: instruments[0]!, claim: 'none' }];
    const next = (): ExampleCommand => {
      if (random.chance(0.4)) return { type: 'example.ReturnRequested', ...random.pick(claims) };
      const durationMs = random.pick([500, 2_000, 10_000]);
      return { type: 'example.ClaimRequested', instrument: random.pick(instruments), durationMs };
    };
    return {
      next: () => next() as never,
      learn(given: unknown) {
        const event = given as ExampleEvent;
        if (event.type !== 'example.Claimed') return;
        claims.push({ instrument: event.instrument, claim: event.claim });
        if (claims.length > 3) claims.shift();
      },
    };
  }

  query() {
    return { of: 'claims' };
  }
}
