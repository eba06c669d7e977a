const slabBytes = 64 * 1024;

/**
 * In place of `Buffer.allocUnsafe`, for the bytes of records and answers: whoever asks for 100,000 components makes
 * hundreds of megabytes of them, which go again at once. V8 counts what buffers hold, and past 64 MB since it last
 * looked through its whole heap each further one, be it 200 bytes of somebody else's request, makes it look for another
 * 5 to 10 ms before it goes on. It does not count what threads may share.
 */
export function allocate(bytes: number): Buffer {
  if (bytes > slabBytes / 8) return uncounted(bytes);
  if (used + bytes > slabBytes) {
    slab = uncounted(slabBytes);
    used = 0;
  }
  const own = slab.subarray(used, used + bytes);
  used += bytes;
  return own;
}

/** As `Buffer.concat`. */
export function joined(parts: readonly Uint8Array[]): Buffer {
  const bytes = allocate(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A text in UTF-8. */
export function utf8(text: string): Buffer {
  const bytes = allocate(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

function uncounted(bytes: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(bytes));
}

let slab = uncounted(slabBytes);
let used = 0;
