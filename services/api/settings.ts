import type { LevelRaiseRequested, ShardSecret } from '@holdfast/events';
import type { Runtime } from '@holdfast/log/runtime';
import type { Gateway } from '@holdfast/processor/gateway-port';
import type { AdmissionLimits } from '@holdfast/processor/limits';
import type { AuditModel } from '@holdfast/projections/audit-port';
import type { ReadModel } from '@holdfast/projections/port';
import type { ApiObserver, MetricsPage } from './observer.js';
import type { Tokens } from './tokens.js';

/**
 * `admin` may do everything; `service` everything but lock, unlock, repair, disable, admin reservations, removal and
 * writes to the inventory; `reader` reads, the audit too: who may see that something is locked may see by whom and why.
 */
export type Role = 'admin' | 'service' | 'reader';

/** `member` belongs to a project, which counts in Placement alone. */
export type TokenRole = Role | 'member';

export interface Token {
  token: string;
  /** The identity that requests with this token have in the log. */
  name: string;
  roles: TokenRole[];
  /** The project of this identity: the one whose usages it may see in Placement. */
  project?: string;
}

export type DialectName = 'published' | 'hsm';
export type WholeFleet = 'allow' | 'refuse';
export type PlacementPolicy = 'default' | 'open';
export type LockState = 'locked' | 'unlocked';

export interface ApiSettings {
  /** Empty: everybody is `anonymous` and may do everything. */
  tokens: readonly Token[];
  /**
   * What `Host` may name besides addresses and loopback, with a port where pages come from that one. Null: any name. Default: null
   * where there are tokens, as a page that made its own name resolve to here has none, else no other name.
   */
  hosts?: readonly string[] | null;
  /** Valid roles and sub-roles besides the document's, spelled as they are to be shown. */
  roles: readonly string[];
  subRoles: readonly string[];
  /** What must change together, `cray/default` by default. SPEC rule 1. */
  domain?: string;
  /** Lock state that a component must have for a service reservation: by default, published `locked` and hsm `unlocked`. */
  serviceReservationRequires?: Partial<Record<DialectName, LockState>>;
  /** Whether a change that selects nothing, which means every component, is carried out. Default: `allow`, as published. */
  wholeFleet?: WholeFleet;
  /** Who may do what in Placement: `default` is the policy of the real one, `open` lets everybody who has a token do all. */
  placementPolicy?: PlacementPolicy;
  /** Longest reservation in the published dialect, in minutes; no limit of ours by default. */
  publishedReservationMinutesMax?: number;
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

export const defaultDomain = 'cray/default';

export const defaultRequires: Record<DialectName, LockState> = { published: 'locked', hsm: 'unlocked' };

/** No tokens, and nothing but what the documents say. */
export const defaultSettings: ApiSettings = { tokens: [], roles: [], subRoles: [] };
