import type { LevelRaiseRequested, ShardSecret } from '@holdfast/events';
import type { Runtime } from '@holdfast/log/runtime';
import type { Gateway } from '@holdfast/processor/gateway-port';
import type { AdmissionLimits } from '@holdfast/processor/limits';
import type { AuditModel } from '@holdfast/projections/audit-port';
import type { ReadModel } from '@holdfast/projections/port';
import type { ModuleSettings } from './module-settings.js';
import type { ApiObserver, MetricsPage } from './observer.js';
import type { Tokens } from './tokens.js';

/**
 * `admin` may do everything; `service` everything but lock, unlock, repair, disable, admin reservations, removal and
 * writes to the inventory; `reader` reads, the audit too: who may see that something is locked may see by whom and why.
 */
export type Role = 'admin' | 'service' | 'reader';

/** `member` belongs to a project, which counts only where a module knows of projects. */
export type TokenRole = Role | 'member';

export interface Token {
  token: string;
  /** The identity that requests with this token have in the log. */
  name: string;
  roles: TokenRole[];
  /** The id of this identity, where a module knows of users. Default: the name. See `identityOf`. */
  user?: string;
  /** The project of this identity, where a module knows of projects. Who works in several has a token for each. */
  project?: string;
  /** Those of the service that asks in the name of this identity, where a module knows of such. Default: none. */
  serviceRoles?: TokenRole[];
}

export type WholeFleet = 'allow' | 'refuse';

export interface ApiSettings {
  /** Empty: everybody is `anonymous` and may do everything. */
  tokens: readonly Token[];
  /**
   * What `Host` may name besides addresses and loopback, with a port where pages come from that one. Null: any name.
   * Default: null where there are tokens, as a page that made its own name resolve to here has none, else no other
   * name.
   */
  hosts?: readonly string[] | null;
  /**
   * Whether a change that selects nothing, which means every resource, is carried out. Default: `allow`, as published.
   */
  wholeFleet?: WholeFleet;
  /** Of modules, by their names: see `settingsOf`. */
  modules?: Readonly<Record<string, object>>;
}

export interface ApiDependencies {
  gateway: Gateway;
  readModel: ReadModel;
  audit: AuditModel;
  runtime: Runtime;
  secret: ShardSecret;
  settings: ApiSettings;
  /** Those of the settings, where they may be replaced. */
  tokens?: Tokens;
  /** Those of modules, likewise: see `madeOfSettings`. */
  moduleSettings?: ModuleSettings;
  /** Absent: nothing is logged. `stream` is stdout where absent. */
  logger?: { level: string; stream?: { write(line: string): void } };
  /** Whether requests can be decided and read, and if not, why. */
  ready(): Readiness;
  /** Default: admissionLimits. */
  limits?: AdmissionLimits;
  /** Absent: nobody counts, and `/metrics` is empty. */
  observer?: ApiObserver;
  metrics?: MetricsPage;
  /** Absent: there is no log that has one. */
  level?: LevelPort;
}

/** The level of the log, and how to ask for the newest. */
export interface LevelPort {
  /** As far as this process has read. */
  now(): number;
  /** That this version knows. */
  newest: number;
  /** Throws where this log cannot have it. */
  raising(): LevelRaiseRequested;
  /** Of the record that asks for it. */
  key: string;
}

export interface Readiness {
  ready: boolean;
  /** Empty while ready. */
  reasons: string[];
}

/** No tokens, and nothing but what the documents say. */
export const defaultSettings: ApiSettings = { tokens: [] };

/** A module's settings: those that are given, and for the others its defaults. */
export function settingsOf<Settings extends object>(
  name: string,
  defaults: Settings,
  { modules = {} }: Pick<ApiSettings, 'modules'>,
): Settings {
  return { ...defaults, ...modules[name] };
}
