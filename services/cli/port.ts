import { createServer } from 'node:net';

/** Why nothing can listen there, in words that say what to do; null where something can. */
export function portProblem({ host, port }: { host: string; port: number }): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => resolve(inWords(code, message, host, port)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

function inWords(code: string | undefined, message: string, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is in use by another program, maybe by a Holdfast that runs already: end that one, or give another --port`;
    case 'EACCES':
      return `this user may not listen on port ${port}: give a --port above 1023`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `--host ${host} is no address of this machine`;
    default:
      return `nothing can listen on port ${port} of ${host}: ${message}`;
  }
}
