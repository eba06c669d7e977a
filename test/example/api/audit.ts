import type { ModuleAudit } from '@holdfast/api/audit/module';
import { bad } from '@holdfast/api/audit/parameters';

export const claimAudit: ModuleAudit = {
  histories: [
    {
      path: 'instruments',
      operationId: 'instrumentHistory',
      what: 'an instrument',
      description: 'Of those that were ever claimed.',
    },
  ],
  resource: {
    parameter: 'instrument',
    label: 'instrument',
    description: 'Only events on this instrument',
    nouns: ['instrument'],
    idOf(parameter, text) {
      if (!/^[a-z0-9-]{1,64}$/.test(text)) throw bad(parameter, 'is no name of an instrument');
      return text;
    },
    option: { flags: '--instrument <name>', description: 'only what happens to this instrument' },
  },
  holders: {
    things: [],
    ways: [
      {
        name: 'room',
        words: ['cellar', 'attic'],
        description: 'Those in this room',
        option: { flags: '--room <name>', description: 'only in this room' },
      },
    ],
  },
  pastFilters: ['instruments'],
  async showHolders({ query }) {
    return { Holders: [{ Instrument: query.word('room', ['cellar', 'attic']) ?? 'all' }], Next: null };
  },
  showPast: async ({ query }) => ({ Instruments: query.texts('instruments') ?? [], NotFound: [] }),
  document: {
    holders: 'With `module=example`, instruments that are claimed.',
    holder: 'ClaimedInstrument',
    pastTitle: 'what was claimed',
    pastBody: 'with `module=example` instruments',
    past: `- type: object
  required: [Instruments, NotFound]
  properties:
    Instruments: { type: array, items: { type: string } }
    NotFound: { type: array, items: { type: string } }`,
    schemas: `ClaimedInstrument:
  type: object
  properties:
    Instrument: { type: string }`,
    moreSchemas: '',
  },
};
