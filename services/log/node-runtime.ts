import { v7 } from 'uuid';
import type { Runtime } from './runtime.js';

/** The real clock, timers and chance. */
export const nodeRuntime: Runtime = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  steady: { boot: v7(), ms: () => performance.now() },
  random: () => Math.random(),
  uuid: () => v7(),
};
