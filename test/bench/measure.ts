/** Durations in milliseconds, as measured. */
export interface Sample {
  ms: number[];
  /** Milliseconds from the first begin to the last end; less than the sum where clients worked at the same time. */
  elapsedMs: number;
}

/** A measurement ends at whichever comes first, but never before it was taken once. */
export interface Bounds {
  countMax: number;
  elapsedMsMax: number;
}

/** Repeats `work` one after the other. `n` counts from 0. */
export async function repeat(bounds: Bounds, work: (n: number) => Promise<unknown>): Promise<Sample> {
  return together(1, bounds, (_client, n) => work(n));
}

/** Repeats `work` in `clients` at the same time, each one after the other. `n` counts from 0 in each client. */
export async function together(
  clients: number,
  { countMax, elapsedMsMax }: Bounds,
  work: (client: number, n: number) => Promise<unknown>,
): Promise<Sample> {
  const ms: number[] = [];
  const began = performance.now();
  let taken = 0;
  const one = async (client: number) => {
    for (let n = 0; n === 0 || (taken < countMax && performance.now() - began < elapsedMsMax); n++) {
      taken++;
      const start = performance.now();
      await work(client, n);
      ms.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => one(client)));
  return { ms, elapsedMs: performance.now() - began };
}

/** The smallest duration that `share` of the sample, 0 to 1, does not exceed. NaN of nothing. */
export function percentile({ ms }: Pick<Sample, 'ms'>, share: number): number {
  const sorted = [...ms].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** How many a second. `each`: how many one duration stands for. */
export function perSecond({ ms, elapsedMs }: Sample, each = 1): number {
  return (ms.length * each * 1_000) / elapsedMs;
}

export function atMost(times: number, bounds: Bounds): Bounds {
  return { ...bounds, countMax: Math.min(times, bounds.countMax) };
}
