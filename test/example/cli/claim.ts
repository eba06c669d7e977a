import { asChange, type ChangeOptions, change, say } from '@holdfast/cli/commands/server';
import type { Command } from 'commander';

interface AnsweredClaim {
  instrument: string;
  claim: string;
  until: string;
}

/** `claim`. */
export function addClaim(program: Command): void {
  asChange(program.command('claim <instrument> <seconds>').description('claim an instrument for so long')).action(
    async (instrument: string, seconds: string, options: ChangeOptions) => {
      const body = { instrument, seconds: Number(seconds) };
      const claimed = (await change(options, '/example/claims', body)) as AnsweredClaim;
      if (options.json) say(JSON.stringify(claimed, null, 2));
      else say(`${claimed.instrument} is yours until ${claimed.until}; the claim is ${claimed.claim}`);
    },
  );
}
