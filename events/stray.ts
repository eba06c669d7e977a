/** The shortest head of a record: a zero byte and a schema's id, or `HF`, the version of that form, and a local id. */
const headBytesMin = 5;
const [wireFormat, selfFramed] = [0x00, 'HF'.charCodeAt(0)];

/**
 * True where a record's bytes alone prove that no process of this service wrote it: they are too few, or begin with neither of
 * the heads that it writes. Every reader of every version passes over it alike, as it looks at nothing else. SPEC rule 6.
 */
export function isStray(value: Uint8Array): boolean {
  if (value.length < headBytesMin) return true;
  return value[0] !== wireFormat && !(value[0] === selfFramed && value[1] === 'HF'.charCodeAt(1));
}
