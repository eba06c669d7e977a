/** An answer as a client sees it. */
export interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: read as a client would.
  body: any;
  headers: Headers;
}

/** Null where nothing came back in time, or the connection broke. */
export async function send(
  method: 'GET' | 'POST',
  url: string,
  body: object | null,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<Reply | null> {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...(body === null ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === null ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, body: await response.json(), headers: response.headers };
  } catch {
    return null;
  }
}
