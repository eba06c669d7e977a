import { GatewayError } from '@holdfast/processor/gateway-port';
import { ProjectionError } from '@holdfast/projections/port';
import type { FastifyError } from 'fastify';
import { ApiError, type ErrorCode, errorRegistry } from './errors.js';
import { apiLimits } from './limits.js';

/**
 * Whatever was thrown while a request was answered, as the error that the client is shown. Nothing of a body passes
 * through.
 */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return retriable(error);
  if (error instanceof GatewayError)
    return retriable(new ApiError(error.code, gatewayDetails[error.code] ?? error.message, { cause: error }));
  if (error instanceof ProjectionError) {
    const [code, detail] = ofProjection[error.code];
    return retriable(new ApiError(code, detail, { cause: error }));
  }
  const { validation, validationContext, statusCode, code } = error as Partial<FastifyError>;
  if (validation?.[0] !== undefined)
    return new ApiError('bad-request', validationDetail(validation[0], validationContext));
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new ApiError('too-large', `The body is larger than ${apiLimits.bodyBytesMax} bytes`);
  }
  // The framework's own texts may quote what the client sent.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ApiError('bad-request', 'The request is malformed', { cause: error });
  }
  return new ApiError('internal', 'The service failed to answer', { cause: error });
}

/** Null: what the gateway says is for clients, too. */
const gatewayDetails: Record<GatewayError['code'], string | null> = {
  undecided: 'The log was not read back in time',
  lost: 'The log lost requests before they were decided, this one maybe among them',
  'append-failed': 'The log could not be written',
  unavailable: 'The log cannot be reached',
  overloaded: 'Too many requests are in flight',
  backlogged: 'Requests wait too long for their decision',
  'too-large': 'The request is larger than the log takes',
  gone: null,
  full: 'The disk of the log is full or cannot be written; /readyz says more',
  stopped: 'The shard is stopped',
};

const ofProjection: Record<ProjectionError['code'], [code: ErrorCode, detail: string]> = {
  behind: ['behind', 'The read model did not catch up in time'],
  unavailable: ['unavailable', 'The read model cannot be reached'],
  'being-made': ['unavailable', 'The read model is being made anew from the log; /readyz says how far it is'],
  stopped: ['stopped', 'The read model does not follow the log any more; /readyz says why'],
};

function retriable(error: ApiError): ApiError {
  if (errorRegistry[error.code].retriable) error.headers['retry-after'] ??= String(apiLimits.retryAfterSeconds);
  return error;
}

/**
 * What a schema says of a body: where and what, never the value. A schema may carry the text that clients know for its
 * bounds in `x-invalid`.
 */
function validationDetail(
  violation: NonNullable<FastifyError['validation']>[number] & { parentSchema?: unknown },
  context = 'request',
): string {
  const { instancePath, keyword, message = 'is not valid' } = violation;
  const text = (violation.parentSchema as { 'x-invalid'?: string } | undefined)?.['x-invalid'];
  if (text !== undefined && keyword !== 'type') return text;
  return `${context}${instancePath} ${message.replaceAll(',', ' or ')}`;
}
