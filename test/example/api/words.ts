import { byAndWhy, time } from '@holdfast/api/audit/text';
import type { CommandTable, EventWords } from '@holdfast/api/module';
import type { ExampleCommand, ExampleEvent } from '@holdfast/events/example/messages';

const onInstrument = {
  counts: 'instrument',
  key: ({ instrument }: { instrument: string }) => instrument,
  size: () => 1,
} as const;

export const exampleCommands: CommandTable<ExampleCommand> = {
  'example.ClaimRequested': { noun: 'claim', ...onInstrument },
  'example.ReturnRequested': { noun: 'return', ...onInstrument },
};

export const exampleWords: EventWords<ExampleEvent> = {
  'example.Claimed': ({ expiresAt }, by) => `claimed until ${time(expiresAt)}${byAndWhy(by)}`,
  'example.Returned': (_event, by) => `given back${byAndWhy(by)}`,
  'example.ClaimExpired': () => 'claim expired',
  'example.ClaimRefused': ({ reason }, by) => `refused (${reason}); asked${byAndWhy(by)}`,
};
