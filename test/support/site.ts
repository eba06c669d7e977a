import type { Injector } from './injector.js';

/** A sample of what a module serves, for tests of the API. */
export interface Site {
  /** Replaces whatever there is with it. */
  load(inject: Injector): Promise<void>;
  /** Nobody holds anything any more. */
  release(inject: Injector): Promise<void>;
}
