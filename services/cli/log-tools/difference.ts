/** Where something is not as it must be. Positions and sequences are null where they say nothing. */
export interface Difference {
  /** E.g. `events`, `commands`, `read model`, `seal`, or a file of an export. */
  where: string;
  position: number | null;
  sequence: number | null;
  /** Type of the event or command, or what a row is of. */
  subject: string | null;
  expected: string;
  found: string;
}

/** The first difference that was found: what is behind it was not looked at. */
export class LogDiffers extends Error {
  readonly difference: Difference;

  constructor(difference: Partial<Difference> & Pick<Difference, 'where' | 'expected' | 'found'>) {
    const whole: Difference = { position: null, sequence: null, subject: null, ...difference };
    super(inWords(whole));
    this.difference = whole;
  }
}

function inWords({ where, position, sequence, subject, expected, found }: Difference): string {
  const at = position === null ? where : `${where}, position ${position}`;
  const about = [sequence === null ? null : `sequence ${sequence}`, subject].filter((text) => text !== null);
  return `${at}${about.length === 0 ? '' : ` (${about.join(', ')})`}: expected ${expected}; found ${found}`;
}

/** A value as JSON, cut where it is long: to be read, never to be compared. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 200 ? text : `${text.slice(0, 200)}...`;
}
