import { Readable } from 'node:stream';
import type { Runtime } from '@holdfast/log/runtime';
import type { Gateway } from '@holdfast/processor/gateway-port';
import type { AuditModel, EventEntry, EventPage } from '@holdfast/projections/audit-port';
import { ProjectionError, type ReadModel } from '@holdfast/projections/port';
import { ApiError } from '../errors.js';
import { apiLimits } from '../limits.js';
import type { ApiObserver } from '../observer.js';
import { type Sight, seenEvents } from './sight.js';
import type { StreamForm } from './stream-forms.js';

export interface StreamsOptions {
  gateway: Pick<Gateway, 'head' | 'onRead'>;
  readModel: Pick<ReadModel, 'waitFor'>;
  audit: Pick<AuditModel, 'events'>;
  runtime: Pick<Runtime, 'after'>;
  observer: Pick<ApiObserver, 'limitHit'>;
}

export interface WantedEvents {
  /** Events above this sequence; a negative one counts from the end of the log. */
  after: number;
  /** Groups that end at or below it. */
  until?: number;
  /** Id of the resource that they are on. */
  resource?: string;
  /** All where absent. */
  types?: ReadonlySet<string>;
  /** Default: all. */
  sight?: Sight;
  /** Whether it goes on when the head of the log is reached. */
  follow: boolean;
}

/** With the position up to which this process had read the log, and which the page thus shows. */
interface StreamPage extends EventPage {
  read: number;
}

/**
 * Streams of the log's events, read page by page from the audit's tables: those hold accepted groups only, and of a
 * group that is still being written nothing is shown. So a stream needs no reader of the log, which could not begin in
 * its midst (SPEC rule 8), and goes on from any sequence in any process. Where a client does not read, its stream does
 * not either.
 */
export class EventStreams {
  /** With who asked for it, and whether that one still may. */
  #open = new Map<AbortController, { sender: string | undefined; stillMay: () => boolean }>();
  /** How far this process has read the log. */
  #read = 0;
  #wakers = new Set<() => void>();

  constructor(private readonly options: StreamsOptions) {
    options.gateway.onRead((position) => {
      this.#read = position;
      for (const wake of [...this.#wakers]) wake();
    });
  }

  /** Ends all of them; those that have an end of their own are broken off. */
  close(): void {
    for (const stream of this.#open.keys()) stream.abort();
  }

  /** Ends those whose token does not count any more, or for something else. */
  endRevoked(): void {
    for (const [stream, { stillMay }] of this.#open) if (!stillMay()) stream.abort();
  }

  /** Takes a place among the streams until `over` is called; nobody may take them all. Throws ApiError `overloaded`. */
  enter(sender?: string, stillMay: () => boolean = () => true): { signal: AbortSignal; over: () => void } {
    const own = [...this.#open.values()].filter((one) => one.sender !== undefined && one.sender === sender).length;
    if (this.#open.size >= apiLimits.streamsMax || own >= apiLimits.streamsPerSenderMax) {
      this.options.observer.limitHit('streams');
      throw new ApiError('overloaded', 'Too many streams of events are open');
    }
    const stream = new AbortController();
    this.#open.set(stream, { sender, stillMay });
    const over = () => {
      stream.abort();
      this.#open.delete(stream);
    };
    return { signal: stream.signal, over };
  }

  /** Sequence of the last event that is to be shown, looked up after the call began. */
  async last(): Promise<number> {
    const { gateway, readModel, audit } = this.options;
    await readModel.waitFor(await gateway.head());
    return (await audit.events({ after: Number.MAX_SAFE_INTEGER, limit: 1 })).last;
  }

  /** Rejects where the first page cannot be read. `after` is not negative here. */
  async open(wanted: WantedEvents, form: StreamForm, signal: AbortSignal): Promise<Readable> {
    const first = await this.#page(wanted, wanted.after);
    return Readable.from(this.#texts(wanted, first, form, signal), { objectMode: false });
  }

  async *#texts(
    wanted: WantedEvents,
    first: StreamPage,
    form: StreamForm,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const { types, follow } = wanted;
    const isWanted = ({ type }: EventEntry) => types === undefined || types.has(type);
    // What is there at the beginning, where it is not to go on.
    const bounded = follow ? wanted : { ...wanted, until: first.last };
    if (follow) yield form.opening;
    let page: StreamPage | null = first;
    let through = wanted.after;
    while (!signal.aborted) {
      if (page === null) {
        yield form.heartbeat(through);
      } else {
        through = page.through;
        const text = page.rows.filter(isWanted).map(form.entry).join('');
        if (text !== '') yield text;
        if (through >= page.last && !follow) return;
        if (through >= page.last) yield* this.#news(page, form, signal);
      }
      page = await this.#pageOrNull(bounded, through, signal);
    }
    // Its client must not take it for whole.
    if (!follow) throw new ApiError('stopped', 'The service is stopping');
  }

  /** Ends when more of the log was read than for that page; heartbeats until then. */
  async *#news({ through, read }: StreamPage, form: StreamForm, signal: AbortSignal): AsyncGenerator<string> {
    await this.#pause(apiLimits.streamPauseMs, signal);
    while (this.#read === read && !signal.aborted) {
      const woken = await this.#pause(apiLimits.streamHeartbeatMs, signal, this.#wakers);
      if (!woken) yield form.heartbeat(through);
    }
  }

  /** Null, after a pause, where the read model is unavailable and the stream is to go on. */
  async #pageOrNull(wanted: WantedEvents, after: number, signal: AbortSignal): Promise<StreamPage | null> {
    try {
      return await this.#page(wanted, after);
    } catch (error) {
      // Where nothing more comes, nobody is to wait for it.
      if (!wanted.follow || !(error instanceof ProjectionError) || error.code === 'stopped') throw error;
      await this.#pause(apiLimits.streamRetryMs, signal);
      return null;
    }
  }

  async #page({ until, resource, sight = null }: WantedEvents, after: number): Promise<StreamPage> {
    const { readModel, audit } = this.options;
    const read = this.#read;
    await readModel.waitFor(read);
    const bound = until === undefined ? {} : { until };
    const on = resource === undefined ? {} : { resource };
    const query = { after, ...bound, ...on, limit: apiLimits.streamPageRows };
    return { ...(await seenEvents(audit, sight, query)), read };
  }

  /** Resolves after `ms`, or before that with true when woken or aborted. */
  #pause(ms: number, signal: AbortSignal, wakers?: Set<() => void>): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (woken: boolean) => {
        cancel();
        wakers?.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve(woken);
      };
      const wake = () => end(true);
      const cancel = this.options.runtime.after(ms, () => end(false));
      wakers?.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }
}
