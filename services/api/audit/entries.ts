import type { EventEntry, RecordedDecision, RequestEntry } from '@holdfast/projections/audit-port';
import type { Words } from './words.js';

/** What the audit shows, as JSON: pure. Times are RFC 3339, UTC, with milliseconds. */

export function shownEvent(entry: EventEntry, { eventText, besideOf }: Words) {
  const { sequence, time, type, resource, detail, decision } = entry;
  const { beside, changes } = parted(detail, besideOf(type));
  return {
    Sequence: sequence,
    Time: instant(time),
    Type: type,
    ...(resource === null ? {} : { ID: resource }),
    Text: eventText(entry),
    ...beside,
    Changes: shownDetail(changes),
    // Without an id it is another's: see `seenAs`.
    ...(decision.commandId === '' ? {} : { Request: shownDecision(decision) }),
  };
}

export function shownRequest(entry: RequestEntry, { requestText }: Words) {
  const { time, originalSequence } = entry;
  return {
    Time: instant(time),
    Text: requestText(entry),
    ...(originalSequence === null ? {} : { OriginalSequence: originalSequence }),
    ...shownDecision(entry),
  };
}

export function shownBy(by: RecordedDecision | null) {
  return by === null ? {} : { Request: shownDecision(by) };
}

/** The request's id gives no key away: with it alone, its outcome is shown without keys. */
function shownDecision({ sequence, commandId, command, status, total, reason, actor, origin }: RecordedDecision) {
  return {
    RequestID: commandId,
    Sequence: sequence,
    Command: command,
    Outcome: status,
    ...(total === null ? {} : { Total: total }),
    ...(reason === null ? {} : { Refusal: reason }),
    Actor:
      origin === null
        ? // Before origins were kept: a stamp has an authenticated name, or says that there was none.
          { Name: actor, Authenticated: actor !== 'anonymous' && actor !== '' }
        : {
            Name: origin.actor.name || actor,
            Authenticated: origin.actor.authenticated,
            Address: origin.actor.address,
            UserAgent: origin.actor.userAgent,
          },
    ...(origin?.reason ? { Reason: origin.reason } : {}),
    ...(origin?.traceparent ? { TraceParent: origin.traceparent } : {}),
  };
}

/** What has a name of its own beside the changes, by its field, is none of them; what is null is not shown there. */
function parted(detail: EventEntry['detail'], names: ReadonlyMap<string, string>) {
  const [beside, changes]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const [field, value] of Object.entries(detail)) {
    const name = names.get(field);
    if (name === undefined) changes[field] = value;
    else if (value !== null) beside[name] = value;
  }
  return { beside, changes };
}

/** `expiresAt: 1700000000000` is shown as `ExpiresAt: "2023-11-14T22:13:20.000Z"`. */
function shownDetail(detail: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [
      capital(name),
      name.endsWith('At') && typeof value === 'number' ? instant(value) : shownPast(value),
    ]),
  );
}

/** What was at a moment: as `shownDetail`, also of what is within. */
export function shownPast(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shownPast);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [capital(name), shownPast(one)]));
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export function instant(ms: number): string {
  return new Date(ms).toISOString();
}
