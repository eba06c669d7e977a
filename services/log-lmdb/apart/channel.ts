import type { Duplex } from 'node:stream';

/** Of the message and of what comes behind it, in bytes, 4 each, little-endian. */
const headBytes = 8;

/** Messages in JSON, each with bytes behind it, over a stream to another process of this service. */
export class Channel<Out extends object, In extends object> {
  #chunks: Buffer[] = [];
  #held = 0;

  constructor(
    private readonly stream: Duplex,
    private readonly onMessage: (message: In, bytes: Buffer) => void,
    /** The other process has ended, or closed it. */
    onEnd: () => void,
  ) {
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    // What could not be written is told by the end.
    stream.on('error', () => {});
    stream.on('close', onEnd);
  }

  send(message: Out, bytes: Buffer = Buffer.alloc(0)): void {
    const text = Buffer.from(JSON.stringify(message));
    const head = Buffer.allocUnsafe(headBytes);
    head.writeUInt32LE(text.length, 0);
    head.writeUInt32LE(bytes.length, 4);
    this.stream.cork();
    for (const part of [head, text, bytes]) this.stream.write(part);
    this.stream.uncork();
  }

  end(): void {
    this.stream.end();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= headBytes) {
      const head = this.#join(headBytes);
      const [textBytes, bytes] = [head.readUInt32LE(0), head.readUInt32LE(4)];
      if (this.#held < headBytes + textBytes + bytes) return;
      const whole = this.#join(headBytes + textBytes + bytes);
      this.#chunks = [this.#chunks[0]!.subarray(whole.length)];
      this.#held -= whole.length;
      const bytesAt = headBytes + textBytes;
      this.onMessage(
        JSON.parse(whole.toString('utf8', headBytes, bytesAt)) as In,
        whole.subarray(bytesAt, bytesAt + bytes),
      );
    }
  }

  /** The first bytes of what is held, as one. */
  #join(bytes: number): Buffer {
    if (this.#chunks[0]!.length < bytes) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!.subarray(0, bytes);
  }
}
