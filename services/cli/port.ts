import { createServer } from 'node:net';

interface HostAndPort {
  host: string;
  port: number;
}

/** Why nothing can listen there, in words that say what to do; null where something can. */
export function portProblem({ host, port }: HostAndPort): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(inWords(error, host, port)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** What `listen` gives. Rejects in the same words: another program may have come between the look and this. */
export async function listening<T>({ host, port }: HostAndPort, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== 'listen') throw error;
    throw new Error(inWords(error as Error, host, port), { cause: error });
  }
}

function inWords({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
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
