import type { EventEntry } from '@holdfast/projections/audit-port';
import { apiLimits } from '../limits.js';
import { shownEvent } from './entries.js';
import type { Words } from './words.js';

/** How a stream of events is written. */
export interface StreamForm {
  mediaType: string;
  /** What a stream that goes on begins with, so that its header is sent before anything happens. */
  opening: string;
  entry(entry: EventEntry): string;
  /** Says that it lives, and that there is nothing more up to this sequence. */
  heartbeat(through: number): string;
}

/** A JSON text in each line; an empty line means nothing. */
export function lines(words: Words): StreamForm {
  return {
    mediaType: 'application/x-ndjson',
    opening: '\n',
    entry: (entry) => `${JSON.stringify(shownEvent(entry, words))}\n`,
    heartbeat: () => '\n',
  };
}

/**
 * Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html. An id without data moves on what
 * a client will send as `Last-Event-ID`, and shows it nothing.
 */
export function serverSentEvents(words: Words): StreamForm {
  return {
    mediaType: 'text/event-stream',
    opening: `retry: ${apiLimits.retryAfterSeconds * 1_000}\n\n`,
    entry: (entry) => `id: ${entry.sequence}\ndata: ${JSON.stringify(shownEvent(entry, words))}\n\n`,
    heartbeat: (through) => `: nothing new\nid: ${through}\n\n`,
  };
}
