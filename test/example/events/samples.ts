import type { OneOfEach } from '@holdfast/events/module';
import { sampleHeader } from '@holdfast/events/sample-header';
import type { ExampleCommand, ExampleEvent } from './messages.js';

const instrument = 'microscope-1';
const claim = `${sampleHeader.id}.17`;
const expiresAt = 1_800_000_060_000;

const commands: OneOfEach<ExampleCommand> = {
  'example.ClaimRequested': { type: 'example.ClaimRequested', instrument, durationMs: 60_000 },
  'example.ReturnRequested': { type: 'example.ReturnRequested', instrument, claim },
};

const events: OneOfEach<ExampleEvent> = {
  'example.Claimed': { type: 'example.Claimed', instrument, claim, durationMs: 60_000, expiresAt },
  'example.Returned': { type: 'example.Returned', instrument, claim },
  'example.ClaimExpired': { type: 'example.ClaimExpired', instrument, claim },
  'example.ClaimRefused': { type: 'example.ClaimRefused', instrument, reason: 'Taken' },
};

export const exampleSamples = { commands, events };
