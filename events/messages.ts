import type { messageSets } from './modules.js';

type Samples = (typeof messageSets)[number]['samples'];
type Each<M> = M extends unknown ? M[keyof M] : never;

/** Every command and event there is. */
export type Command = Each<Samples['commands']>;
export type Event = Each<Samples['events']>;
