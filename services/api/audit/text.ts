import type { RecordedDecision } from '@holdfast/projections/audit-port';

/** Words that modules say alike. All is pure. */

export function sinceText(since: number | null): string {
  return since === null ? '' : ` since ${time(since)}`;
}

/** ` by alice: firmware update`. What time did, nobody did. */
export function byAndWhy({ actor, origin, command }: RecordedDecision): string {
  if (command.startsWith('engine.')) return '';
  const name = origin?.actor.name || actor || 'anonymous';
  const stated = origin !== null && !origin.actor.authenticated && origin.actor.name !== '' ? ' (as stated)' : '';
  return ` by ${name}${stated}${origin?.reason ? `: ${origin.reason}` : ''}`;
}

/** A command in words, of a table of such; one that has none goes by its type. */
export function nounOf(commands: object, command: string): string {
  return (commands as Readonly<Record<string, { noun: string }>>)[command]?.noun ?? command;
}

export function time(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** In the largest unit of which it is a whole number. */
export function duration(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ] as const;
  for (const [unit, length] of units) if (ms >= length && ms % length === 0) return counted(ms / length, unit);
  return `${ms} ms`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}
