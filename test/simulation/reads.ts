import { testModules } from '../modules.js';
import type { Reads } from './module.js';

const all = new Map<string, Reads>(testModules.map(({ name, simulation }) => [name, simulation.reads]));

export function readsOf(module: string): Reads {
  return all.get(module)!;
}
