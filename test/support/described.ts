import { auditDocument } from '@holdfast/api/audit/document';
import { loadDocument, type OpenApiDocument } from '@holdfast/api/documents';
import { apiModules } from '@holdfast/api/modules';
import type { InjectedRequest } from './injector.js';

/*
 * Whether a document describes the status that an operation of it was answered with. What no operation is (a path or
 * method that is not there, a path that is led to the clean one) is none of a document's.
 */

export interface Operation {
  operationId: string;
  tags: string[];
  'x-fastify-config'?: { role?: string; policy?: string; exact?: boolean };
  responses: Record<string, unknown>;
}

interface DescribedPath {
  pattern: RegExp;
  operations: Record<string, Operation>;
}

/** Each document, with where it is served, and by which module; null: by the service itself. */
export const documents: [document: OpenApiDocument, basePaths: readonly string[], module: string | null][] = [
  [loadDocument('openapi/ops.yaml', ''), [''], null],
  [auditDocument(apiModules), [''], null],
  ...apiModules.flatMap(({ name, apis }) =>
    apis.map(({ document, title, basePaths }): (typeof documents)[number] => [
      loadDocument(document, title),
      basePaths,
      name,
    ]),
  ),
];

const described: DescribedPath[] = documents.flatMap(([document, basePaths]) => {
  const paths = pathsOf(document);
  return basePaths.flatMap((base) =>
    // What stands as it is before what any word fits.
    Object.entries(paths)
      .sort(([a], [b]) => a.split('{').length - b.split('{').length)
      .map(([path, operations]) => ({ pattern: patternOf(base + path), operations })),
  );
});

export function pathsOf(document: OpenApiDocument): Record<string, Record<string, Operation>> {
  return (document.parsed() as { paths: Record<string, Record<string, Operation>> }).paths;
}

function patternOf(path: string): RegExp {
  const parts = path.split(/\{[^}]*\}/).map((part) => part.replace(/[^A-Za-z0-9_/-]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}

/** The statuses that its operation describes; null where it is none. */
export function describedStatuses({ method, path }: Pick<InjectedRequest, 'method' | 'path'>): string[] | null {
  const bare = path.split('?', 1)[0]!;
  const name = method.toLowerCase();
  const found = described.find(
    ({ pattern, operations }) => pattern.test(bare) && operations[name === 'head' ? 'get' : name],
  );
  return found === undefined ? null : Object.keys(found.operations[name === 'head' ? 'get' : name]!.responses);
}

/** Throws where the answer has a status that the document of the operation does not have. */
export function requireDescribed(request: Pick<InjectedRequest, 'method' | 'path'>, status: number): void {
  const statuses = describedStatuses(request);
  // What is described by default are errors.
  if (
    statuses === null ||
    statuses.includes(status >= 400 && statuses.includes('default') ? 'default' : String(status))
  )
    return;
  throw new Error(
    `${request.method} ${request.path} was answered with ${status}; its document has ${statuses.join(', ')}`,
  );
}
