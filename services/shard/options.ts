import type { Modules, ShardDecider } from '@holdfast/core';
import type { Codec } from '@holdfast/events';
import type { Logger, Runtime, ShardLog } from '@holdfast/log';
import type { GatewayOptions, LogBeginning, ProcessorOptions, SnapshotStore } from '@holdfast/processor';
import type { ShardRole } from './roles.js';
import type { Rows } from './rows.js';
import type { Shard } from './shard.js';

/** What a shard is put together from. */
export interface ShardOptions<R extends Rows = Rows> {
  /** It has the shard's name. Closed by whoever opened it. */
  log: ShardLog;
  codec: Codec;
  /** Whether the log had said what ids mean when the codec was made. Else whoever begins the log says so. */
  recorded: boolean;
  runtime: Runtime;
  logger: Logger;
  roles: readonly ShardRole[];
  /** What a new shard is opened with. SPEC rule 1. */
  domains: readonly string[];
  /** Of the key secret in use. */
  secretFingerprint: string;
  /** What decides, by the names of modules. */
  modules: Modules;
  /** What a new log begins with. Default: the newest level, and the ids of the codec. */
  beginning?: LogBeginning;
  /** Throws where a log of commands that is empty must not be begun. Default: it may. */
  mayBegin?(): Promise<void>;
  /** Where snapshots are kept, by the name that tells whose they are; null: nowhere. */
  snapshots: ((whose: string) => Promise<SnapshotStore>) | null;
  /**
   * Opens what the rows are kept in, once a snapshot was looked for; null: this process asks for none and writes none.
   */
  rows: (() => Promise<R>) | null;
  /** Who notes how long deciding takes, and how requests fare. Default: nobody. */
  observed?: {
    decider?(decider: ShardDecider): ShardDecider;
    gateway?: NonNullable<GatewayOptions['observer']>;
  };
  /** What is admitted. Default: admissionLimits. */
  limits?: NonNullable<GatewayOptions['limits']>;
  /** Whether the gateway ticks, as it must where anybody is to see leases end. Default: yes. SPEC rule 10. */
  ticks?: boolean;
  /** In which parts it works. Default: as a service does. */
  pace?: Pace;
  /** Is given the parts when all are made and none runs yet. */
  onMade?(shard: Shard<R>): void;
  /** Is told when it begins to read the log. */
  onReading?(): void;
}

export interface Pace {
  /** Lets the event loop turn. */
  turn?: () => Promise<void>;
  /** Of the processor alone. */
  deciding?: Pick<ProcessorOptions, 'turn' | 'eventsPerTurn' | 'recordsPerAppend'>;
  /** Events between two snapshots. */
  snapshotEvents?: number;
}
