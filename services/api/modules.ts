import type { Command, Event } from '@holdfast/events';
import { crayApi } from './cray/module.js';
import type { ApiModule } from './module.js';
import { placementApi } from './placement/module.js';

/** A line a module. */
const all = [crayApi, placementApi] as const;

type Listed = (typeof all)[number];
/** Commands and events in the table of a module. */
type InTable<M, Table extends 'commands' | 'words'> = M extends Record<Table, infer Rows> ? keyof Rows : never;
/** Those of modules that none of them says anything of. */
type Unsaid =
  | Exclude<Command['type'], `engine.${string}` | InTable<Listed, 'commands'>>
  | Exclude<Event['type'], `engine.${string}` | InTable<Listed, 'words'>>;

/**
 * What is served. The first is what the audit is asked about where nothing else is said. A command or an event that was
 * left out does not compile, and is named.
 */
export const apiModules: [Unsaid] extends [never] ? readonly ApiModule[] : Unsaid = all;
