import { documentOf, type OpenApiDocument, textOf } from '../documents.js';
import type { ApiModule, CommandTraits } from '../module.js';
import type { HolderFilter, ModuleHistory, ResourceParameter } from './module.js';

/** `audit.yaml`, with what each module has to say in it. Throws where two say what cannot be told apart. */
export function auditDocument(modules: readonly ApiModule[]): OpenApiDocument {
  const template = textOf('audit/audit.yaml.template');
  requireDistinct(modules, template);
  const parts = partsOf(modules);
  const text = template.replace(places, (_all, indent, line, within) => {
    const part = parts[line ?? within];
    if (part === undefined)
      throw new Error(`audit.yaml.template has a place for ${line ?? within}, which no module knows`);
    return line === undefined ? part : indented(part, indent);
  });
  return documentOf('audit.yaml', 'Audit', text);
}

/** One that has a line of its own, with its indentation, or one within a line. */
const places = /^( *)\{\{([a-z ]+)\}\}\n|\{\{([a-z ]+)\}\}/gm;

/** What stands in each place: lines, without the indentation of the place, or a part of one. */
function partsOf(modules: readonly ApiModule[]): Record<string, string> {
  const audits = modules.map(({ audit }) => audit);
  const texts = audits.map(({ document }) => document);
  const resources = audits.map(({ resource }) => resource);
  const things = merged(audits.flatMap(({ holders }) => holders.things));
  const ways = merged(audits.flatMap(({ holders }) => holders.ways));
  const [first] = modules;
  const titles = texts.map(({ pastTitle }) => pastTitle);
  const lines = (all: readonly string[]) => all.filter((one) => one !== '').join('\n');
  return {
    histories: lines(audits.flatMap(({ histories, resource }) => histories.map((one) => historyPath(one, resource)))),
    holders: texts.map(({ holders }) => holders).join(' '),
    'holders of things': lines(things.map(queryParameter)),
    'holders in ways': lines(ways.filter(({ name }) => !things.some((one) => one.name === name)).map(queryParameter)),
    'holder schemas': lines(texts.map(({ holder }) => `- { $ref: "#/components/schemas/${holder}" }`)),
    'past titles': titles.length === 1 ? titles[0]! : `${titles.join(', or ')},`,
    'past bodies': texts
      .map(({ pastBody }) => pastBody)
      .join(', or ')
      .replaceAll('\n', '\n        '),
    'past filters': lines(
      [...new Set(audits.flatMap(({ pastFilters }) => pastFilters))].map(
        (name) => `- { name: ${name}, in: query, schema: { $ref: "#/components/schemas/Strings" } }`,
      ),
    ),
    'past schemas': lines(texts.map(({ past }) => past)),
    'resource labels': either(resources.map(({ label }) => label)),
    'resource parameters': lines(
      resources.map(({ parameter: name, description }) => queryParameter({ name, description })),
    ),
    modules: modules.map(({ name }) => name).join(', '),
    module: first!.name,
    event: first!.example.event,
    command: first!.example.command,
    counted: capital(either(countedBy(modules).map((noun) => `${noun}s`))),
    resources: either(resources.flatMap(({ nouns }) => nouns)),
    'event members': lines(
      [...new Set(audits.flatMap(({ beside }) => Object.values(beside)))].map((name) => `${name}: { type: string }`),
    ),
    schemas: lines(texts.map(({ schemas }) => schemas)),
    'more schemas': lines(texts.map(({ moreSchemas }) => moreSchemas)),
  };
}

/**
 * Throws where two modules name resources, or have histories, alike, or one takes a name that the audit itself has.
 * Filters may be called the same: which module is asked about says whose is meant.
 */
function requireDistinct(modules: readonly ApiModule[], template: string): void {
  const audits = modules.map(({ audit }) => audit);
  const resources = audits.map(({ resource }) => resource.parameter);
  const resource = twiceIn(resources);
  if (resource !== undefined) throw new Error(`two modules name what an event is on by the parameter ${resource}`);
  const filters = audits.flatMap(({ holders, pastFilters }) => [
    ...[...holders.things, ...holders.ways].map(({ name }) => name),
    ...pastFilters,
  ]);
  const own = new Set([...template.matchAll(/\bname: (\w+),?\s+in: query/g)].map(([, name]) => name!));
  const taken = [...resources, ...filters].find((name) => own.has(name));
  if (taken !== undefined) throw new Error(`a module has a parameter ${taken}, which the audit has for all`);
  const histories = audits.flatMap((audit) => audit.histories);
  const path = twiceIn(histories.map((one) => one.path));
  if (path !== undefined) throw new Error(`two modules have histories under /audit/${path}`);
  const shared = [...template.matchAll(/\boperationId: (\w+)/g)].map(([, id]) => id!);
  const operation = twiceIn([...shared, ...histories.map(({ operationId }) => operationId)]);
  if (operation !== undefined) throw new Error(`two operations of the audit are called ${operation}`);
}

function twiceIn(names: readonly string[]): string | undefined {
  return names.find((name, n) => names.indexOf(name) < n);
}

/** Filters of one name as one, with what each module says of it; it has words where those of all of them have. */
function merged(filters: readonly HolderFilter[]): HolderFilter[] {
  return [...new Set(filters.map(({ name }) => name))].map((name) => {
    const [first, ...others] = filters.filter((filter) => filter.name === name);
    if (others.length === 0) return first!;
    const { words: _, ...filter } = first!;
    const same = [first!, ...others];
    const description = [...new Set(same.flatMap((one) => one.description ?? []))].join('; ');
    const words = same.every((one) => one.words !== undefined) ? same.flatMap((one) => one.words!) : null;
    return { ...filter, ...(description && { description }), ...(words && { words: [...new Set(words)] }) };
  });
}

/** A path for the histories of one kind of things. */
function historyPath(
  { path, operationId, what, description }: ModuleHistory,
  { parameter }: ResourceParameter,
): string {
  return `/audit/${path}/{${parameter}}/history:
  get:
    operationId: ${operationId}
    tags: [audit]
    summary: What happened to ${what}, refused requests too, the newest first
    description: ${description}
    x-fastify-config: { role: reader, checksQuery: true }
    parameters:
      - { name: ${parameter}, in: path, required: true, schema: { type: string } }
      - { $ref: "#/components/parameters/From" }
      - { $ref: "#/components/parameters/To" }
      - { $ref: "#/components/parameters/Types" }
      - { $ref: "#/components/parameters/Actor" }
      - { $ref: "#/components/parameters/Limit" }
      - { $ref: "#/components/parameters/Cursor" }
      - { $ref: "#/components/parameters/Consistency" }
    responses:
      "200":
        description: A page of it
        content:
          application/json:
            schema:
              type: object
              required: [Entries, Next]
              properties:
                Entries: { type: array, items: { $ref: "#/components/schemas/Event" } }
                Next: { $ref: "#/components/schemas/Next" }
      "400": { $ref: "#/components/responses/BadRequest" }
      "401": { $ref: "#/components/responses/Unauthorized" }
      "403": { $ref: "#/components/responses/Forbidden" }
      "404": { $ref: "#/components/responses/NotFound" }
      "415": { $ref: "#/components/responses/Encoded" }
      "421": { $ref: "#/components/responses/Misdirected" }
      "429": { $ref: "#/components/responses/Overloaded" }
      "500": { $ref: "#/components/responses/ServerError" }
      "503": { $ref: "#/components/responses/Unavailable" }`;
}

/** On one line where it fits, as the rest of the document is laid out. */
function queryParameter({ name, words, description }: Pick<HolderFilter, 'name' | 'words' | 'description'>): string {
  const schema = `{ type: string${words === undefined ? '' : `, enum: [${words.join(', ')}]`} }`;
  const members = [`name: ${name}`, 'in: query', `schema: ${schema}`];
  if (description !== undefined)
    members.push(`description: ${description.includes(', ') ? `"${description}"` : description}`);
  const line = `- { ${members.join(', ')} }`;
  if (line.length + parametersIndent <= columnsMax) return line;
  return ['- {', ...members.map((member) => `    ${member},`), '  }'].join('\n');
}

const parametersIndent = 8;
const columnsMax = 120;

/** What outcomes count, each once. */
function countedBy(modules: readonly ApiModule[]): string[] {
  const all = modules.flatMap(({ commands }) => Object.values<CommandTraits<never>>(commands));
  return [...new Set(all.flatMap(({ counts }) => counts ?? []))];
}

/** `a, b or c`. */
function either(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Nothing where there are no lines. */
function indented(text: string, indent: string): string {
  return text === '' ? '' : `${text.replaceAll(/^(?=.)/gm, indent)}\n`;
}
