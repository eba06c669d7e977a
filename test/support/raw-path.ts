import { request } from 'node:http';

/** Asks for a path as it is: clients that know of URLs take dots away. */
export function askRawPath(port: string, path: string): Promise<[status: number | undefined, body: string]> {
  return new Promise((resolve, reject) => {
    request({ port, path, headers: { 'x-auth-token': 'admin' } }, async (answer) => {
      resolve([answer.statusCode, Buffer.concat(await answer.toArray()).toString()]);
    })
      .once('error', reject)
      .end();
  });
}
