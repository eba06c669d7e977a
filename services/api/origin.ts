import type { Origin } from '@holdfast/events';
import type { FastifyRequest } from 'fastify';
import { ApiError } from './errors.js';
import { apiLimits } from './limits.js';

/**
 * Who asks for a change, and why, as the log keeps it. An authenticated identity is the actor, whatever `X-Actor` says;
 * only where nobody is authenticated does that header name one, and where it does not, the name that the token states.
 * Throws ApiError `bad-request`.
 */
export function originOf({ actor, body, headers }: FastifyRequest): Origin {
  const name = () => headerText('X-Actor', headers['x-actor'], apiLimits.statedActorLengthMax);
  return {
    actor: actor.authenticated ? actor : { ...actor, name: name() || actor.name },
    reason: reasonOf((body as { Reason?: string } | undefined)?.Reason, headers['x-reason']),
    idempotencyKey: (headers['idempotency-key'] as string | undefined) ?? '',
    traceparent: traceparentOf(headers.traceparent),
  };
}

/**
 * An empty one says nothing. Two that differ are refused: whichever were kept, the log would not say what the other
 * did.
 */
function reasonOf(member: string | undefined, header: string | string[] | undefined): string {
  const stated = printable('Reason', member ?? '', apiLimits.reasonLengthMax);
  const beside = headerText('X-Reason', header, apiLimits.reasonLengthMax);
  if (stated !== '' && beside !== '' && stated !== beside) {
    throw new ApiError('bad-request', 'the body has a Reason, and the header X-Reason another one: give one of them');
  }
  return stated || beside;
}

/** A header's text, of one line; empty where there is none. Throws ApiError `bad-request`. */
export function headerText(name: string, value: string | string[] | undefined, lengthMax: number): string {
  return printable(name, textOf(name, value), lengthMax);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A header's text. Node gives each of its bytes as a character; what people write in it is UTF-8. */
function textOf(name: string, value: string | string[] | undefined): string {
  if (value === undefined) return '';
  try {
    return utf8.decode(Buffer.from(String(value), 'latin1'));
  } catch {
    throw new ApiError('bad-request', `${name} is not UTF-8`);
  }
}

/** What would break a line or reverse the reading of one where it is shown. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

function printable(name: string, text: string, lengthMax: number): string {
  if (unprintable.test(text)) throw new ApiError('bad-request', `${name} holds a control character`);
  if (text.length > lengthMax && [...text].length > lengthMax) {
    throw new ApiError('bad-request', `${name} is longer than ${lengthMax} characters`);
  }
  return text;
}

const traceparentPattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=$|-)/;

/**
 * W3C Trace Context, section 3.2. Empty where it is malformed: then it counts as absent. Of a later version what
 * version 00 has.
 */
export function traceparentOf(value: string | string[] | undefined): string {
  const text = String(value ?? '');
  const known = traceparentPattern.exec(text)?.[0];
  return known === undefined || (known.startsWith('00') && known !== text) ? '' : known;
}

/** What is logged of it: the id of the trace, where there is one. */
export function traceOf(value: string | string[] | undefined): { trace?: string } {
  const trace = traceparentOf(value).split('-')[1];
  return trace === undefined ? {} : { trace };
}
