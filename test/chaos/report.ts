import type { ChaosResult, Cycled } from './chaos.js';

const seconds = (ms: number) => (ms / 1_000).toFixed(1);

export function cycleLine(n: number, of: number, { kinds, gapMs, brokerUnavailableMs, requests }: Cycled): string {
  const unavailable = brokerUnavailableMs === 0 ? '' : `, broker away ${seconds(brokerUnavailableMs)} s`;
  const progress = `${n}/${of}`.padEnd(8);
  return `${progress} ${kinds.join(' + ').padEnd(60)} gap ${seconds(gapMs).padStart(5)} s   ${requests} requests${unavailable}`;
}

/** The lines of the table at the end. */
export function summary({ cycles, requests, elapsedMs, verified, verifyMs }: ChaosResult): string[] {
  const rate = Math.round((requests / elapsedMs) * 1_000);
  const lines = [
    '',
    `${cycles.length} cycles in ${seconds(elapsedMs)} s, ${requests} requests (${rate} a second): no promise broken.`,
    '',
    `${'fault'.padEnd(22)} ${'times'.padStart(6)}   longest time without an answer, s: median   most`,
  ];
  for (const [kind, { times, gaps }] of byKind(cycles)) {
    const middle = gaps.length === 0 ? '-' : seconds(gaps[Math.floor(gaps.length / 2)]!);
    const most = gaps.length === 0 ? '-' : seconds(gaps.at(-1)!);
    lines.push(`${kind.padEnd(22)} ${String(times).padStart(6)} ${middle.padStart(42)} ${most.padStart(6)}`);
  }
  lines.push('', `Checked in ${seconds(verifyMs)} s:`);
  const { reads, ...counts } = verified;
  for (const [what, count] of Object.entries(counts)) lines.push(`${String(count).padStart(10)}  ${words(what)}`);
  for (const [of, count] of Object.entries(reads)) lines.push(`${String(count).padStart(10)}  reads of ${of}`);
  return lines;
}

/** How often each kind came, and the gaps of cycles in which nothing else failed, in order. */
function byKind(cycles: readonly Cycled[]): [string, { times: number; gaps: number[] }][] {
  const rows = new Map<string, { times: number; gaps: number[] }>();
  const row = (name: string) => {
    const found = rows.get(name) ?? { times: 0, gaps: [] };
    rows.set(name, found);
    return found;
  };
  for (const { kinds, gapMs } of cycles) {
    for (const kind of kinds) row(kind).times++;
    if (kinds.length === 1) row(kinds[0]!).gaps.push(gapMs);
  }
  const together = cycles.filter(({ kinds }) => kinds.length > 1);
  for (const { gapMs } of together) {
    const several = row('several at once');
    several.times++;
    several.gaps.push(gapMs);
  }
  for (const { gaps } of rows.values()) gaps.sort((a, b) => a - b);
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `leasesRenewed` as words. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
