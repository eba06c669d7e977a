/** Postgres holds no U+0000 in a text, and a record in the log must never stop the projection. */
export function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}

/** An id as columns of texts hold it: null where they cannot, as another must not pass for it. */
export function keptId(id: string | null): string | null {
  return id?.includes('\0') ? null : id;
}
