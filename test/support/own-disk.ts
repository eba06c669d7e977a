import { join } from 'node:path';
import { createNamespace, type Namespace } from './namespaces.js';
import { call, ServedProcess, scratch } from './service.js';

/**
 * What a test of small or failing disks has of its own: a namespace, a directory, where a disk is to be mounted, and
 * processes that see it.
 */
export class OwnDisk {
  readonly #served: ServedProcess[] = [];

  private constructor(
    readonly space: Namespace,
    private readonly place: Awaited<ReturnType<typeof scratch>>,
  ) {}

  static async make(): Promise<OwnDisk> {
    return new OwnDisk(await createNamespace(), await scratch());
  }

  get directory(): string {
    return this.place.directory;
  }

  /** Nothing is mounted there yet. */
  get disk(): string {
    return join(this.directory, 'disk');
  }

  /** A service that ends with the test. `enter`: how its process is begun in the namespace. */
  serve(args: string[], env: Record<string, string> = {}, enter = this.space.enter): ServedProcess {
    const one = new ServedProcess(args, env, enter);
    this.#served.push(one);
    return one;
  }

  /** The shell's line for a command of the CLI, all of whose output is on one stream. */
  holdfast(...args: string[]): string {
    return `${process.execPath} ${join(process.cwd(), 'services/cli/bin/holdfast.cjs')} ${args.join(' ')} 2>&1`;
  }

  async endServices(): Promise<void> {
    for (const each of this.#served) await each.kill();
  }

  async end(): Promise<void> {
    await this.endServices();
    await this.space.close();
    await this.place.remove();
  }
}

/** Status of `/readyz`, and its reasons; 0 where nobody listens. */
export async function reasonsOf(url: string): Promise<string> {
  const { status, body } = await call(url, 'GET', '/readyz').catch(() => ({ status: 0, body: {} }));
  return `${status} ${(body.reasons ?? []).join('; ')}`;
}
