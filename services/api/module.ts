import type { Event } from '@holdfast/events';
import type { ShownEvent } from '@holdfast/events/shown';
import type { EventEntry, RecordedDecision } from '@holdfast/projections/audit-port';
import type { FastifyRequest } from 'fastify';
import type { Access } from './access.js';
import type { ModuleAudit } from './audit/module.js';
import type { BodyLimits } from './body-limits.js';
import type { OpenApiDocument } from './documents.js';
import type { ApiForm } from './form.js';
import type { Handler } from './replies.js';
import type { Presentation, RequestFlow } from './requests.js';
import type { BasePaths, DocumentOptions } from './serve-document.js';
import type { ApiDependencies } from './settings.js';

/**
 * A module as it is served, complete by its type: a part that is left out does not compile. Its commands and events are
 * those of its message set.
 */
export interface ApiModule<C extends { type: string } = never, E extends { type: string } = never> {
  /** As in every ring. */
  name: string;
  /** What it serves: documents, and where. */
  apis: readonly [ServedApi, ...ServedApi[]];
  /** How requests to it are taken in and refused, where that is not what a route does. */
  form(context: ApiContext): ApiForm;
  /**
   * How what was decided is shown where none of its APIs was asked: under `/requests` of another module, in the audit.
   */
  presentation(context: ApiContext): Presentation;
  limits: OperationLimits;
  /** What is to be known of each command. */
  commands: CommandTable<C>;
  /** What is said of each event: see `audit/words.ts`. */
  words: EventWords<E>;
  /** Fields of an event that its entry in the audit keeps beside its detail. */
  kept(entry: EventEntry): object;
  audit: ModuleAudit;
  /**
   * An id of one of its resources, as the log has it, if a text is one: what it is not may be a secret. UUIDs are known
   * as such.
   */
  idIn(text: string): string | null;
  /**
   * Members of its bodies whose values are secrets, as its documents name them: no log has what they hold, and no field
   * of an event that is called so is shown.
   */
  secretMembers: readonly string[];
  /** Types that stand for all others where a document or a message names one. */
  example: { command: string; event: string };
}

/** A document, and how it is served. */
export interface ServedApi {
  /** Its file, in the module's folder: `thing/thing.yaml`. It is served by its name alone. */
  document: string;
  title: string;
  basePaths: BasePaths;
  options: DocumentOptions;
  /** A handler for each operation, by its operationId. */
  routes(context: ApiContext, document: OpenApiDocument): Record<string, Handler>;
}

/** What a module's forms, presentations and handlers are made with. */
export interface ApiContext {
  dependencies: ApiDependencies;
  access: Access;
  /** The way of its requests, from a command to an answer that is shown so. */
  flow(presentation: Presentation): RequestFlow;
  /** Of a path, without its query; empty where it is not served. */
  methodsOf(path: string): string[];
}

/** Of operations, by operationId. */
export interface OperationLimits {
  /** Those that take more than `bodyLimits.few`. */
  bodies: Readonly<Record<string, BodyLimits>>;
  /**
   * Those whose answers grow with the fleet and come in no pages: how many ids a request names; null where it names
   * none, and may mean all.
   */
  fleetReads: Readonly<Record<string, (request: FastifyRequest) => number | null>>;
}

/** Complete by type. */
export type CommandTable<C extends { type: string }> = {
  readonly [T in C['type']]: CommandTraits<Extract<C, { type: T }>>;
};

export interface CommandTraits<C> {
  /** For people, such as `lock`. */
  noun: string;
  /** What the total of its outcome counts, such as `component`; null: it says nothing. */
  counts: string | null;
  /** The first resource that it names, which is the key of its record; null: it names none. */
  key(command: C): string | null;
  /** How many it names: what its decision takes its time for. Null: it names none, and may mean all. */
  size(command: C): number | null;
}

/** Complete by type. They are made of what is shown. */
export type EventWords<E extends { type: string }> = {
  readonly [T in E['type']]: (event: ShownFormOf<E, T>, decision: RecordedDecision) => string;
};

/** All that there is of an event of a module that is not built in. */
type ShownFormOf<E, T> = T extends Event['type'] ? ShownEvent<T> : Extract<E, { type: T }>;
