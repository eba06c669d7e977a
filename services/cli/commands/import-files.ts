import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import { whyFile } from '../files.js';
import { ToolError } from '../log-tools/errors.js';
import type { CliFiles } from '../module.js';
import { cliModules } from '../modules.js';
import type { ServerOptions } from './server.js';

export interface ImportCommandOptions extends ServerOptions {
  module?: string;
}

interface NamedFiles {
  name: string;
  files: CliFiles;
}

/** Which module's file it is that `import` loads. */
export function importedOption(): Option {
  const known = modulesWithFiles();
  const words = known.map(({ name, files }) => `${name}: ${files.what}`).join('; ');
  return new Option('--module <name>', `whose file it is, where that is not seen from its form; ${words}`).choices(
    known.map(({ name }) => name),
  );
}

/**
 * How a file is loaded: by the module that is named, or by the only one that has files, or by the one whose form it
 * has. Throws ToolError where none has, or several have; it names the choice.
 */
export async function filesLike(file: string, module: string | undefined): Promise<CliFiles> {
  const known = modulesWithFiles().filter(({ name }) => (module ?? name) === name);
  if (known.length === 0) throw new ToolError(`${file} is a file, and no module has files to import`);
  const [only, another] = known;
  if (another === undefined) return only!.files;
  const content = await contentOf(file);
  const fitting = known.filter(({ files }) => files.isOne(content));
  if (fitting.length === 1) return fitting[0]!.files;
  const [why, from] = fitting.length === 0 ? ['has no form that is known', known] : ['may be of several', fitting];
  const choice = from.map(({ name, files }) => `--module ${name} (${files.what})`).join(', or ');
  throw new ToolError(`${file} ${why}, so say whose it is: ${choice}`);
}

/** Undefined where it is no JSON, as all of these are. Throws ToolError where it cannot be read. */
async function contentOf(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ToolError(`${file} cannot be read: ${whyFile(error)}`);
  });
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function modulesWithFiles(): NamedFiles[] {
  return cliModules.flatMap(({ name, files }) => (files === null ? [] : [{ name, files }]));
}
