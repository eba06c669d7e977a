import type { LeasingDecider, SnapshotForm } from '@holdfast/core/decider';
import type { ClaimRefused, ExampleCommand, ExampleEvent } from '@holdfast/events/example/messages';
import { type ExampleState, type HeldClaim, nothingClaimed } from './state.js';

/** Instruments, each of which one at a time may claim, for a time. */
export const exampleDecider: LeasingDecider<ExampleCommand, ExampleState, ExampleEvent> & SnapshotForm<ExampleState> = {
  initial: nothingClaimed,
  decide(command, { claims }, { now, commandId, commandPosition }) {
    const { instrument } = command;
    const taken = claims.get(instrument);
    if (command.type === 'example.ReturnRequested') {
      if (taken?.claim !== command.claim) return refused(instrument, 'NotYours');
      return accepted({ type: 'example.Returned', instrument, claim: command.claim });
    }
    if (taken !== undefined) return refused(instrument, 'Taken');
    const { durationMs } = command;
    const claim = `${commandId}.${commandPosition}`;
    return accepted({ type: 'example.Claimed', instrument, claim, durationMs, expiresAt: now + durationMs });
  },
  // Each is of one instrument.
  decideInSteps: null,
  evolve(state, event) {
    const { claims, shiftMs } = state;
    switch (event.type) {
      case 'example.Claimed': {
        const { instrument, claim, expiresAt } = event;
        return { ...state, claims: claims.set(instrument, { instrument, claim, expiresAt: expiresAt - shiftMs }) };
      }
      case 'example.Returned':
      case 'example.ClaimExpired':
        return { ...state, claims: claims.delete(event.instrument) };
      case 'example.ClaimRefused':
        return state;
    }
  },
  expire: (state, now) =>
    claimsWhere(state, (end) => end <= now).map(({ instrument, claim }) => {
      return { type: 'example.ClaimExpired', instrument, claim };
    }),
  expireInSteps: null,
  // One by one they move below level 4 only, where nothing is claimed yet.
  shiftLeases: () => [],
  shiftLeasesInSteps: null,
  shift: (state, byMs) => ({ ...state, shiftMs: state.shiftMs + byMs }),
  snapshotVersion: 1,
  *save({ claims, shiftMs }) {
    yield { shiftMs };
    for (const [, claim] of claims.each()) yield claim;
  },
  restorer() {
    let state = nothingClaimed;
    return {
      take(piece) {
        const saved = piece as HeldClaim | { shiftMs: number };
        if ('shiftMs' in saved) state = { ...state, shiftMs: saved.shiftMs };
        else state = { ...state, claims: state.claims.set(saved.instrument, saved) };
      },
      state: () => state,
    };
  },
};

function accepted(event: ExampleEvent) {
  return { events: [event], status: 'accepted' as const, total: 1 };
}

function refused(instrument: string, reason: ClaimRefused['reason']) {
  const event = { type: 'example.ClaimRefused' as const, instrument, reason };
  return { events: [event], status: 'refused' as const, total: 1, reason };
}

/** In the order of their instruments: whoever decides must make the same events of the same state. */
function claimsWhere({ claims, shiftMs }: ExampleState, test: (end: number) => boolean): HeldClaim[] {
  return [...claims.values()]
    .filter(({ expiresAt }) => test(expiresAt + shiftMs))
    .sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
}
