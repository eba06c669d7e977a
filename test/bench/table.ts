import { percentile, perSecond, type Sample } from './measure.js';

/** A line of the table. */
export interface Row {
  what: string;
  sample: Sample;
  /** How many things one duration of the sample stands for, and what they are called. */
  each?: { count: number; unit: string };
}

const widths = [46, 7, 10, 10, 10];

export function heading(title: string): string {
  return `\n${cells([title, 'times', 'p50 ms', 'p99 ms', 'max ms', 'rate'])}`;
}

export function line({ what, sample, each = { count: 1, unit: '' } }: Row): string {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(sample, share));
  // Of fewer, the 99th percentile is the largest, which is shown beside it.
  const shown99 = sample.ms.length < 100 ? '-' : milliseconds(p99!);
  const rate = `${Math.round(perSecond(sample, each.count)).toLocaleString('en')} ${each.unit}/s`.replace(' /', ' /');
  return cells([what, String(sample.ms.length), milliseconds(p50!), shown99, milliseconds(max!), rate]);
}

function milliseconds(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toFixed(2);
}

function cells([first = '', ...others]: string[]): string {
  const right = others.map((text, n) => (n < widths.length - 1 ? text.padStart(widths[n + 1]!) : `   ${text}`));
  return `${first.padEnd(widths[0]!)}${right.join('')}`;
}
