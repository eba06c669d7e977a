import type { Handler } from '../replies.js';
import type { RequestFlow } from '../requests.js';
import type { ApiDependencies } from '../settings.js';
import { changeOperations } from './changes.js';
import { carryOut } from './operation.js';
import { readOperations } from './reads.js';
import { schemasOf } from './schemas.js';
import { placementSettingsOf } from './settings.js';

export interface RoutesContext {
  dependencies: ApiDependencies;
  document: object;
  flow: RequestFlow;
}

/** A handler for each operation of the document, by its operationId. */
export function placementRoutes({ dependencies, document, flow }: RoutesContext): Record<string, Handler> {
  const schemas = schemasOf(document);
  const settings = placementSettingsOf(dependencies.settings);
  const operations = { ...readOperations(dependencies), ...changeOperations(dependencies, flow) };
  return Object.fromEntries(
    Object.entries(operations).map(([id, operation]): [string, Handler] => {
      const own = schemas.get(id);
      if (own === undefined) throw new Error(`${id} is handled, and not in the document`);
      return [id, (request, reply) => carryOut(operation, own, settings, request, reply)];
    }),
  );
}
