import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';

/** An OpenAPI document of ours, as served and as validated against. */
export interface OpenApiDocument {
  /** The name that it is served by. */
  file: string;
  title: string;
  text: string;
  /** Parsed anew, for whoever changes it. */
  parsed(): object;
}

const folder = packageFolder();

/** `path`: within the package, such as `openapi/ops.yaml`. */
export function loadDocument(path: string, title: string): OpenApiDocument {
  return documentOf(basename(path), title, textOf(path));
}

export function documentOf(file: string, title: string, text: string): OpenApiDocument {
  return { file, title, text, parsed: () => load(text) as object };
}

export function textOf(path: string): string {
  return readFileSync(join(folder, path), 'utf8');
}

/** Documents lie beside the sources, and above what is built from them. */
function packageFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, 'openapi', 'ops.yaml'))) return at;
  }
  throw new Error('the folder of OpenAPI documents is missing');
}
