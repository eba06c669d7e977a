import type { OutcomeEvent } from './engine.js';
import type { Event } from './messages.js';

/** Whether an event is the last of a group, which says what became of the command. SPEC rule 3. */
export function isOutcome(event: Event): event is OutcomeEvent {
  return event.type === 'engine.RequestDecided' || event.type === 'engine.Repeated';
}
