import type { Event, RequestDecided } from '@holdfast/events';
import type { CollectionKind, CollectionReason, CrayCommand } from '@holdfast/events/cray/messages';
import { problem } from '../errors.js';
import type { Answer } from '../replies.js';
import { noSuch } from './collections.js';

type CollectionCommand = Extract<CrayCommand, { kind: CollectionKind; name: string }>;

/** The answer to a command on a group or partition: pure, in hms-smd's words. */
export function collectionAnswer(
  outcome: RequestDecided,
  events: readonly Event[],
  { command, basePath }: { command: CrayCommand | null; basePath: string },
): Answer {
  for (const event of events) {
    switch (event.type) {
      case 'cray.CollectionPut':
        return created(`${basePath}/${event.kind}s/${encodeURIComponent(event.name)}`);
      case 'cray.CollectionDeleted':
        return deleted(1);
      case 'cray.CollectionChanged': {
        const { kind, name, added, removed } = event;
        if (removed.length > 0) return deleted(removed.length);
        if (added.length === 0) return { status: 204, body: undefined };
        return created(`${basePath}/${kind}s/${encodeURIComponent(name)}/members/${added[0]}`);
      }
    }
  }
  if (outcome.reason === 'Level') return levelTooLow;
  const { kind = null, name = null } = (command as CollectionCommand | null) ?? {};
  return refused(outcome, kind, name);
}

function refused({ command, reason }: RequestDecided, kind: CollectionKind | null, name: string | null): Answer {
  const it = kind ?? 'group or partition';
  switch (reason as CollectionReason | 'NotFound') {
    case 'Exists':
      return conflict(
        `an existing ${it} that has the same ${kind === 'group' ? 'label or duplicate ids found in request' : 'name'}.`,
      );
    case 'IsMember':
      return conflict(`an existing member in the same ${it}.`);
    case 'Exclusive':
      return conflict(`an existing member in another ${kind === 'group' ? 'exclusive group' : it}.`);
    case 'NoMember':
      return notFound(`${it} has no such member.`);
    case 'NotFound':
      return notFound(
        command === 'cray.CollectionDeletionRequested' || name === null ? `no such ${it}.` : noSuch(kind!, name),
      );
  }
}

export function deleted(count: number): Answer {
  return { status: 200, body: { code: 0, message: `deleted ${count} ${count === 1 ? 'entry' : 'entries'}` } };
}

function created(uri: string): Answer {
  return { status: 201, body: [{ URI: uri }], headers: { location: uri } };
}

function conflict(withWhat: string): Answer {
  return { status: 409, body: problem(409, `operation would conflict with ${withWhat}`) };
}

function notFound(detail: string): Answer {
  return { status: 404, body: problem(404, detail) };
}

/** Where a log was decided on by a process that did not know yet how far it is. */
export const levelTooLow: Answer = {
  status: 409,
  body: problem(409, 'The request needs a higher level of the log: see `holdfast level raise`'),
};
