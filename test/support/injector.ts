/** How a conformance suite reaches a service: in process, or over HTTP. */
export type Injector = (request: InjectedRequest) => Promise<InjectedResponse>;

export interface InjectedRequest {
  method: string;
  /** With the base path, and the query where there is one. */
  path: string;
  /** Sent as it is; absent: no body. */
  body?: string;
  headers?: Record<string, string>;
}

export interface InjectedResponse {
  status: number;
  /** Empty where there is none. */
  contentType: string;
  text: string;
  headers: Record<string, unknown>;
}

export function jsonOf({ text, contentType }: InjectedResponse): unknown {
  return contentType.includes('json') ? JSON.parse(text) : { __raw__: text };
}

/** A service over HTTP, at `origin`. */
export function httpInjector(origin: string, fetchIt: typeof fetch = fetch): Injector {
  return async ({ method, path, body, headers = {} }) => {
    const response = await fetchIt(`${origin}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const contentType = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      contentType,
      text: await response.text(),
      headers: Object.fromEntries(response.headers),
    };
  };
}
