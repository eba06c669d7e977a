import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LogMoment, Parameters } from './parameters.js';
import type { AuditContext } from './routes.js';

/** A module's part in the audit: what of it can be asked for, and what is answered. */
export interface ModuleAudit {
  /** Things with a history of their own: a path for each kind. */
  histories: readonly ModuleHistory[];
  /** By what the resource of an event is named. */
  resource: ResourceParameter;
  /** Fields of its events that are shown beside `Changes`, and not in them: texts, and what each is called there. */
  beside: Readonly<Record<string, string>>;
  /** Beside `actor` and `age`, which those of every module have. */
  holders: HolderFilters;
  /** Parameters of `/audit/status` beside `at`: each may be repeated, or have several values. */
  pastFilters: readonly string[];
  /** What holds something now: a page. */
  showHolders(asked: AuditAsked): Promise<{ Holders: readonly object[]; Next: string | null }>;
  /** What was at a past moment. */
  showPast(asked: AuditAsked, moment: LogMoment): Promise<unknown>;
  /** Its parts of `audit.yaml`. */
  document: AuditTexts;
}

/** A request to the audit. */
export interface AuditAsked {
  context: AuditContext;
  query: Parameters;
  request: FastifyRequest;
  reply: FastifyReply;
}

export interface ModuleHistory {
  /** `components` of `/audit/components/{xname}/history`. */
  path: string;
  operationId: string;
  /** As in `What happened to a component`. */
  what: string;
  description: string;
}

export interface ResourceParameter {
  /** In the paths of histories, and of `/audit/events`: no two modules have the same. */
  parameter: string;
  /** In a sentence, such as `UUID`. */
  label: string;
  description: string;
  /** Kinds of resources, for people. */
  nouns: readonly string[];
  /** As the log has it. Throws ApiError `bad-request`, which names the parameter. */
  idOf(parameter: string, text: string): string;
  /** Of `holdfast tail`. */
  option: OptionWords;
}

export interface HolderFilters {
  /** By what is held or by whom, and by how it is held: documents have `actor` and `age` in between. */
  things: readonly HolderFilter[];
  ways: readonly HolderFilter[];
}

/**
 * From it follow the parameter in the document, the check that it is not one of another module, and the CLI's option.
 */
export interface HolderFilter {
  name: string;
  /** Words that it may be, in any case. Absent: any text. */
  words?: readonly string[];
  description?: string;
  option: OptionWords;
}

export interface OptionWords {
  /** As commander has them: `--class <name>`. */
  flags: string;
  description: string;
}

/** Parts of sentences, and of a schema's text in YAML, without indentation. */
export interface AuditTexts {
  /** Who holds: sentences. */
  holders: string;
  /** The schema of one holder, among `schemas`. */
  holder: string;
  /** What `/audit/status` shows: `Locks and reservations`. */
  pastTitle: string;
  /** What its body is, as in `The body is ...`. */
  pastBody: string;
  /** The schema of that. */
  past: string;
  /** What the two schemas refer to. */
  schemas: string;
  /** Of these, what stands behind that of all modules. */
  moreSchemas: string;
}
