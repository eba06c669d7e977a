import { STATUS_CODES } from 'node:http';
import type { ApiError } from '../errors.js';
import type { Microversion } from './microversion.js';

/** Codes of errors, as Placement's clients know them. */
export const errorCodes = {
  undefined: 'placement.undefined_code',
  concurrentUpdate: 'placement.concurrent_update',
  duplicateName: 'placement.duplicate_name',
  inventoryInUse: 'placement.inventory.inuse',
  providerInUse: 'placement.resource_provider.inuse',
  providerHasChildren: 'placement.resource_provider.cannot_delete_parent',
} as const;

export type PlacementErrorCode = (typeof errorCodes)[keyof typeof errorCodes];

interface More {
  code?: PlacementErrorCode;
  headers?: Record<string, string>;
  /** Further members of the error's object. */
  members?: Record<string, string>;
}

/** A request that gets one of Placement's errors for an answer. The message reaches the client. */
export class PlacementError extends Error {
  readonly code: PlacementErrorCode;
  readonly headers: Record<string, string>;
  readonly members: Record<string, string>;

  constructor(
    readonly statusCode: number,
    message: string,
    { code = errorCodes.undefined, headers = {}, members = {} }: More = {},
  ) {
    super(message);
    this.name = 'PlacementError';
    this.code = code;
    this.headers = headers;
    this.members = members;
  }
}

/** An error of the API in general, in Placement's form. */
export function placementErrorOf({ status, message, headers }: ApiError): PlacementError {
  return new PlacementError(status, message, { headers });
}

/** The version from which an error has its code. */
const codesFrom: Microversion = 23;

export interface ErrorContext {
  method: string;
  /** Null where the request did not come as far. */
  version: Microversion | null;
  requestId: string | null;
}

/** The body of an error, as the guidelines of OpenStack's APIs have it and WebOb words it. */
export function errorBody(error: PlacementError, { method, version, requestId }: ErrorContext): ErrorBody {
  const { statusCode: status, code, members } = error;
  const shown = {
    status,
    title: titleOf(status),
    detail: detailOf(status, error.message, method),
    ...(version !== null && version >= codesFrom ? { code } : {}),
    ...(requestId === null ? {} : { request_id: requestId }),
    ...members,
  };
  return { errors: [shown] };
}

export interface ErrorBody {
  errors: [{ status: number; title: string; detail: string }];
}

/** WebOb's titles where they are not those of HTTP today. */
const titles: Record<number, string> = { 413: 'Request Entity Too Large', 422: 'Unprocessable Entity' };

export function titleOf(status: number): string {
  return titles[status] ?? STATUS_CODES[status] ?? 'Error';
}

const explanations: Record<number, string> = {
  400: 'The server could not comply with the request since it is either malformed or otherwise incorrect.',
  403: 'Access was denied to this resource.',
  404: 'The resource could not be found.',
  406: 'The resource could not be generated that was acceptable to your browser (content of type application/json.',
  409: 'There was a conflict when trying to complete your request.',
  413: 'The body of your request was too large for this server.',
  415: 'The request media type is not supported by this server.',
  422: 'Unable to process the contained instructions',
  429: 'The client has sent too many requests in a given amount of time',
  500: 'The server has either erred or is incapable of performing the requested operation.',
  503: 'The server is currently unavailable. Please try again at a later time.',
};

/** WebOb's explanation, an empty line, and the message on one line, without what looks like HTML. */
function detailOf(status: number, message: string, method: string): string {
  const text = message.replace(/\n/g, ' ').replace(/\r/g, '').replace(/<.*?>/g, '');
  if (status === 405) return `The method ${method} is not allowed for this resource. \n\n ${text}`;
  if (status === 406 || status === 415) return `${explanations[status]} \n\n ${text}`;
  return `${explanations[status] ?? titleOf(status)}\n\n ${text}  `;
}
