import { testModules } from '../modules.js';

/**
 * The status that the body of an error says, in the form of a module; of the service's own paths (null), of a problem.
 */
export function statusInError(module: string | null, body: unknown): number {
  if (module === null) return (body as { status: number }).status;
  return testModules.find(({ name }) => name === module)!.e2e.write.statusIn(body);
}
