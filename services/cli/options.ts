import { InvalidArgumentError, Option } from 'commander';

/** An option that may also come from an environment variable. */
export const option = (flags: string, description: string, variable: string) =>
  new Option(flags, description).env(variable);

/** An environment variable gives one text, with commas. */
export function listed(values: string[] | string | undefined): string[] {
  return (typeof values === 'string' ? values.split(',') : (values ?? [])).map((value) => value.trim());
}

export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new InvalidArgumentError(`must be a whole number from ${low} to ${high}`);
    }
    return value;
  };
}
