import { asking, read } from '../reads.js';
import type { ApiDependencies } from '../settings.js';
import { sendPlacement } from './form.js';
import type { Call, Operation } from './operation.js';
import { isCanonicalUuid } from './uuids.js';
import { shownAt } from './views.js';

/** What is read, and when it changed last, in milliseconds since 1970; what has no time of its own is as of now. */
export interface FoundBody {
  /** Undefined: there is nothing to say but that it is there. */
  body: object | undefined;
  changedAt?: number | null;
}

/** What the operations that read have in common. */
export interface ReadOperations {
  answered(answer: (call: Call) => Promise<FoundBody>, more?: Partial<Operation>): Operation;
  /** What a query gives once all that was decided before the request is there, unless it needs not be. */
  found<T>(call: Call, query: () => Promise<T>): Promise<T>;
  /** The same for the provider in the path; null where there is none. */
  ofProvider<T>(call: Call, query: (uuid: string) => Promise<T | null>): Promise<T | null>;
}

export function reading(dependencies: ApiDependencies): ReadOperations {
  const { runtime } = dependencies;
  const found = <T>({ request }: Call, query: () => Promise<T>): Promise<T> =>
    read(dependencies, asking(request), query, () => null);
  return {
    found,
    answered: (answer, more = {}) => ({
      reads: true,
      async handle(call) {
        const { body, changedAt } = await answer(call);
        const shown = shownAt({ status: body === undefined ? 204 : 200, body }, changedAt ?? runtime.now(), call);
        return sendPlacement(call.request, call.reply, shown);
      },
      ...more,
    }),
    async ofProvider(call, query) {
      const { uuid = '' } = call.path;
      // No provider is called what is no UUID, and what cannot be stored cannot be looked for.
      return isCanonicalUuid(uuid) ? found(call, () => query(uuid)) : null;
    },
  };
}

/** The last of some changes; null where there were none. */
export function latest(rows: readonly { changedAt: number }[]): number | null {
  return rows.length === 0 ? null : Math.max(...rows.map(({ changedAt }) => changedAt));
}
