import type { Runtime } from '@holdfast/log/runtime';
import { ProjectionError } from '@holdfast/projections/port';
import { apiLimits } from './limits.js';

/**
 * The read model, with an end to each of its queries, those of the modules too: a database that hangs must not hold the
 * requests that ask it. Waiting for the watermark has an end of its own.
 */
export function withDeadline<Model extends object>(readModel: Model, runtime: Pick<Runtime, 'after'>): Model {
  return new Proxy(readModel, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member === 'object' && member !== null) return withDeadline(member, runtime);
      if (typeof member !== 'function') return member;
      const method = (...given: unknown[]): unknown => member.apply(target, given);
      return name === 'waitFor' ? method : (...given: unknown[]) => inTime(method(...given), runtime);
    },
  });
}

function inTime(asked: unknown, runtime: Pick<Runtime, 'after'>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new ProjectionError('unavailable', `no answer within ${apiLimits.queryMs / 1_000} s`));
    const cancel = runtime.after(apiLimits.queryMs, late);
    Promise.resolve(asked).finally(cancel).then(resolve, reject);
  });
}
