import type { HolderFilters, OptionWords } from '@holdfast/api/audit/module';
import type { Event } from '@holdfast/events';
import type { Command, Option } from 'commander';
import type { Client } from './client.js';
import type { BasePath } from './own-paths.js';
import type { ModuleView } from './view.js';

/**
 * A module on the command line, complete by its type. Nearly every command is loaded with all of them, so what they
 * import must be little: what needs much of other rings is loaded when it is called.
 */
export interface CliModule<State> {
  /** As in every ring. */
  name: string;
  basePaths: readonly BasePath[];
  /** Options of `serve`, and what the API is given of them. */
  settings: CliSettings;
  /** Adds the commands of its users, before those that every module has. */
  addCommands(program: Command): void;
  /** Adds what keeps it in step with other systems, after them. */
  addUpkeep(program: Command): void;
  audit: CliAudit;
  /** Files that `import` loads into a server; null: there are none. */
  files: CliFiles | null;
  /** Walks through what it does, on a service that is new; null: it does not. */
  demo: ((client: Client, say: (text: string) => void) => Promise<void>) | null;
  /** What the total of an outcome counts, for people. */
  counts: string;
  /** What of it is held, and counted in the metrics: several, such as `consumers with allocations`. */
  holds: string;
  /** One of its events in some words. Of what is shown alone. */
  inWords(event: Event): string;
  /** What the tools on a log need of its state. */
  view(): Promise<ModuleView<State>>;
}

export interface CliFiles {
  /** What they are, such as `an inventory: {"components": [...]}`. */
  what: string;
  /** Whether what one holds, read as JSON, has the form of these, be it right or wrong in the rest. */
  isOne(content: unknown): boolean;
  /** Throws ServerError where it is none. `say` is told what was done. */
  load(client: Client, file: string, say: (text: string) => void): Promise<void>;
}

export interface CliSettings {
  options: readonly Option[];
  /**
   * `options`: as commander gives them. Read at the start, and again on SIGHUP where files with secrets are named.
   * Throws SettingsError, which shows no secret.
   */
  read(options: object): object;
  /**
   * Of the files that options name, those that hold secrets: others must not be able to read them. A secret itself is
   * no option, as other users see a command line.
   */
  secretFiles(options: object): readonly string[];
}

/** What is asked of the audit, and how people see it. */
export interface CliAudit {
  /** What `--module` asks about, such as `components`. */
  asks: string;
  /** What `history` is on. */
  history: {
    /** As in `/audit/components/...`. */
    path: string;
    /** For the help, and with an example. */
    id: string;
    example: string;
    isId(text: string): boolean;
    /** Columns besides those of every history: what each is of is a member of an entry. */
    columns: readonly (readonly [heading: string, member: string])[];
  };
  /** The parameter of `/audit/events` that names a resource, and its option. */
  resource: { parameter: string; option: OptionWords };
  /** A type of event, as an example. */
  event: string;
  holders: HolderFilters;
  /** Throws ServerError where a filter of its own names what there is not, which the server does not say. */
  checkHolders(client: Client, given: Readonly<Record<string, string | undefined>>): Promise<void>;
  showHolders(rows: readonly never[], more: boolean): void;
  past: CliPast;
}

/** Of `at`. */
export interface CliPast {
  /** What it shows, such as `locks and reservations`. */
  shows: string;
  /** The argument and what it is, and the parameter that it becomes. */
  ids: readonly [argument: string, description: string];
  idsBy: string;
  /** Throws ServerError for an id that cannot be one. */
  checkIds(ids: readonly string[]): void;
  withFilters(command: Command): Command;
  /** By parameter. */
  filtersIn(options: object): Readonly<Record<string, readonly string[]>>;
  /** As `checkHolders`, of an answer. */
  check(client: Client, options: object, answer: never): Promise<void>;
  show(answer: never, all: boolean): void;
}
