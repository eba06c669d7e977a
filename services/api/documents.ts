import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';

/** An OpenAPI document of ours, as served and as validated against. */
export interface OpenApiDocument {
  file: string;
  title: string;
  text: string;
  /** Parsed anew, for whoever changes it. */
  parsed(): object;
}

const folder = documentFolder();

export function loadDocument(file: string, title: string): OpenApiDocument {
  const text = readFileSync(join(folder, file), 'utf8');
  return { file, title, text, parsed: () => load(text) as object };
}

/** The documents lie in the package, beside the sources and above what is built from them. */
function documentFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    const candidate = join(at, 'openapi');
    if (existsSync(join(candidate, 'ops.yaml'))) return candidate;
  }
  throw new Error('the folder of OpenAPI documents is missing');
}
