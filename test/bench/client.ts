import { Agent, request } from 'node:http';
import { testModules } from '../modules.js';

/** What a measurement wants of a service: the answer, parsed, or an error where it is not the expected one. */
export interface Client {
  /** Throws where the status is not one of those expected. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are read as a client would.
  call(method: string, path: string, body: unknown, ...expected: number[]): Promise<any>;
  close(): void;
}

/** Plain node:http with connections kept open, as it costs the cores that the service shares the least. */
export function clientOf(url: string, token: string | undefined): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...Object.assign({}, ...testModules.map(({ bench }) => bench.headers(token))),
  };
  const send = (method: string, path: string, body: string) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const length = Buffer.byteLength(body);
      const sent = request(`${url}${path}`, { method, agent, headers: { ...headers, 'content-length': length } });
      sent.once('error', reject);
      sent.once('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode!, text: Buffer.concat(chunks).toString() }));
      });
      sent.end(body);
    });
  return {
    async call(method, path, body, ...expected) {
      const { status, text } = await send(method, path, body === undefined ? '' : JSON.stringify(body));
      if (!expected.includes(status))
        throw new Error(`${method} ${path} was answered ${status}: ${text.slice(0, 300)}`);
      return text === '' ? null : JSON.parse(text);
    },
    close: () => agent.destroy(),
  };
}
