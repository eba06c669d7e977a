import { Random } from '../simulation/random.js';
import { type FaultKind, faultKinds, loneKinds } from './faults.js';

const atOnceMax = 3;

/**
 * The faults of each cycle: mostly one, now and then two or three at once. Every kind comes once before any comes
 * again, and all of them come where there are cycles enough to draw three at once.
 */
export function plan(cycles: number, seed: number): FaultKind[][] {
  const random = new Random(seed);
  let deck: FaultKind[] = [];
  let undealt = faultKinds.length;
  return Array.from({ length: cycles }, (_, cycle) => {
    if (deck.length === 0) deck = shuffled(faultKinds, random);
    const chance = random.next();
    const wish = chance < 0.65 ? 1 : chance < 0.93 ? 2 : atOnceMax;
    const needed = Math.ceil(undealt / (cycles - cycle));
    const count = Math.min(Math.max(wish, needed), atOnceMax);
    const kinds = draw(deck, count);
    undealt = Math.max(undealt - kinds.length, 0);
    return kinds;
  });
}

/** Up to `count` from the deck's end. One that must be alone comes alone. */
function draw(deck: FaultKind[], count: number): FaultKind[] {
  const kinds = [deck.pop()!];
  while (kinds.length < count && deck.length > 0) {
    if (loneKinds.has(kinds[0]!) || loneKinds.has(deck.at(-1)!)) break;
    kinds.push(deck.pop()!);
  }
  return kinds;
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.int(0, rest.length - 1), 1)[0]!);
}
