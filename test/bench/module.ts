import type { AuditModel, ReadModel } from '@holdfast/projections';
import type { Client } from './client.js';
import type { Bounds } from './measure.js';
import type { Row } from './table.js';

/** What a module brings to be measured through the service, over HTTP. */
export interface BenchPart {
  /** Of requests to it. `token` is the service's, if it has one. */
  headers(token: string | undefined): Record<string, string>;
  /**
   * Makes the service have what its workloads ask for; `replaces`: and nothing else of it. Gives how long that took, if
   * it tells.
   */
  begin(context: Context, replaces: boolean): Promise<Row[]>;
  workloads: readonly Workload[];
  /** What the audit is asked after a long log of so many resources; nothing where a long log has nothing of it. */
  questions(model: ReadModel & AuditModel, resources: number): Promise<Question[]>;
}

/** What is asked, and how, for the n-th time. */
export type Question = [what: string, ask: (n: number) => Promise<unknown>];

export interface Workload {
  /** No two workloads have the same. */
  name: string;
  /** Leaves everything as it found it. */
  measure(context: Context): Promise<Row[]>;
}

export interface Context {
  client: Client;
  bounds: Bounds;
  clients: number;
  /** Resources in a large and in the largest request. */
  large: number;
  largest: number;
}
