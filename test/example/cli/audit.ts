import { exampleHolderFilters, exampleResource } from '@holdfast/api/example/filters';
import { say } from '@holdfast/cli/commands/server';
import type { CliAudit } from '@holdfast/cli/module';
import { counted, table } from '@holdfast/cli/tables';

interface ShownClaim {
  Instrument: string;
  Since?: string;
  Request?: { Actor: { Name: string }; Reason?: string };
}

interface Past {
  Claims: { Instrument: string; Claim: string }[];
}

/** What is asked of the audit about instruments. */
export const exampleCliAudit: CliAudit = {
  asks: 'instruments',
  history: {
    path: 'instruments',
    id: 'an instrument by its name',
    example: 'an instrument by its name, such as microscope-1',
    isId: (text) => /^[a-z]+-\d+$/.test(text),
    columns: [],
  },
  resource: exampleResource,
  event: 'example.Claimed',
  holders: exampleHolderFilters,
  checkHolders: async () => {},
  showHolders(holders: readonly ShownClaim[], more) {
    say(`${counted(holders.length, 'instrument')} claimed${more ? ', and more' : ''}`);
    const rows = holders.map(({ Instrument, Since = '-', Request }) => {
      return [Instrument, Since, Request?.Actor.Name ?? '-', Request?.Reason ?? '-'];
    });
    if (rows.length > 0) say(table(['INSTRUMENT', 'SINCE', 'BY', 'WHY'], rows, true));
  },
  past: {
    shows: 'what was claimed',
    ids: ['[name...]', 'instruments'],
    idsBy: 'instruments',
    checkIds() {},
    withFilters: (command) => command,
    filtersIn: () => ({}),
    check: async () => {},
    show({ Claims }: Past, all) {
      say(`${counted(Claims.length, 'instrument')} claimed`);
      const rows = Claims.map(({ Instrument, Claim }) => [Instrument, Claim]);
      if (rows.length > 0) say(table(['INSTRUMENT', 'CLAIM'], rows, all));
    },
  },
};
