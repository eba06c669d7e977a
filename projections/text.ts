/** Postgres holds no U+0000 in a text, and a record in the log must never stop the projection. */
export function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}
