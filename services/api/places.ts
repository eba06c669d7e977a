import type { ApiError } from './errors.js';
import { apiLimits } from './limits.js';

export type RequestKind = 'change' | 'urgent' | 'read';

/** A body on its way. */
export interface Upload {
  /** Who sends it, by each of the names that are counted. */
  senders: readonly string[];
  /** Ends it with an answer. */
  end(error: ApiError): unknown;
}

export interface SlowWanted {
  /** Of the request that needs room. */
  kind: RequestKind;
  /** Only of this sender, and of this kind. */
  sender?: string | undefined;
  /** Only one that holds bytes. */
  holding: boolean;
}

/** The requests in progress, what they hold, and whose bodies are on their way. */
export class Places {
  readonly inProgress: Record<RequestKind, number> = { change: 0, urgent: 0, read: 0 };
  heldBytes = 0;
  /** Part of it that reads hold, with their answers. */
  readBytes = 0;
  /** In the order in which they came. */
  readonly #arriving: Record<RequestKind, Set<HeldPlace>> = {
    change: new Set(),
    urgent: new Set(),
    read: new Set(),
  };
  readonly #uploads = new Map<string, number>();

  #serial = 0;

  add(kind: RequestKind, bytes: number, upload: Upload | null = null): HeldPlace {
    const place = new HeldPlace(this, kind, ++this.#serial, upload);
    this.inProgress[kind]++;
    place.hold(bytes);
    if (upload !== null) {
      this.#arriving[kind].add(place);
      for (const sender of upload.senders) this.#count(kind, sender, 1);
    }
    return place;
  }

  uploadsOf(kind: RequestKind, sender: string): number {
    return this.#uploads.get(`${kind} ${sender}`) ?? 0;
  }

  /**
   * The one that has been on its way for longest, a sweep at least; a read makes room for reads only, and the others
   * for each other.
   */
  slowest({ kind, sender, holding }: SlowWanted): HeldPlace | null {
    const kinds: RequestKind[] = sender !== undefined || kind === 'read' ? [kind] : ['change', 'urgent'];
    // What is held is held in common.
    if (holding && kind !== 'read') kinds.push('read');
    const found = kinds.flatMap((one) => {
      for (const place of this.#arriving[one]) {
        if (place.sweeps === 0) break;
        const fits = sender === undefined || place.upload?.senders.includes(sender);
        if (fits && (!holding || place.bytes > 0)) return [place];
      }
      return [];
    });
    return found.sort((a, b) => a.serial - b.serial)[0] ?? null;
  }

  /**
   * Looks at every body on its way, `sweepMs` after the last time, and gives those that came too slowly. Counted in
   * sweeps and by no clock: after a turn that was long, what has arrived meanwhile is read before the next sweep.
   */
  sweep(): HeldPlace[] {
    const arriving = Object.values(this.#arriving).flatMap((places) => [...places]);
    return arriving.filter((place) => place.isSlow());
  }

  /** Its body is here, or it is over. */
  arrived(place: HeldPlace, upload: Upload): void {
    this.#arriving[place.kind].delete(place);
    for (const sender of upload.senders) this.#count(place.kind, sender, -1);
  }

  #count(kind: RequestKind, sender: string, by: 1 | -1): void {
    const key = `${kind} ${sender}`;
    const count = (this.#uploads.get(key) ?? 0) + by;
    if (count === 0) this.#uploads.delete(key);
    else this.#uploads.set(key, count);
  }
}

export class HeldPlace {
  bytes = 0;
  /** For how many of them its body has been on its way. */
  sweeps = 0;
  ended: ApiError | null = null;
  #here = true;
  /** Bytes that had come at the end of the last window. */
  #before = 0;

  constructor(
    private readonly places: Places,
    readonly kind: RequestKind,
    /** The lower, the longer it has been here. */
    readonly serial: number,
    public upload: Upload | null,
  ) {}

  hold(bytes: number): void {
    if (!this.#here) return;
    this.places.heldBytes += bytes - this.bytes;
    if (this.kind === 'read') this.places.readBytes += bytes - this.bytes;
    this.bytes = bytes;
  }

  /** Called at each sweep: whether, in the window that ends now, less came than must. */
  isSlow(): boolean {
    const { bodyWindowSweeps, sweepMs, bytesPerSecondMin } = apiLimits;
    this.sweeps++;
    if (this.sweeps % bodyWindowSweeps !== 0) return false;
    const came = this.bytes - this.#before;
    this.#before = this.bytes;
    return came < (bytesPerSecondMin * bodyWindowSweeps * sweepMs) / 1_000;
  }

  whole(): void {
    if (this.upload === null) return;
    this.places.arrived(this, this.upload);
    this.upload = null;
  }

  /** Ends its upload with this answer, and its place with it. */
  end(error: ApiError): void {
    const { upload } = this;
    this.leave();
    error.headers.connection = 'close';
    this.ended = error;
    upload?.end(error);
  }

  leave(): void {
    if (!this.#here) return;
    this.whole();
    this.hold(0);
    this.#here = false;
    this.places.inProgress[this.kind]--;
  }
}
