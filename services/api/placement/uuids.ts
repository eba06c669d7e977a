/** Of everything that is like a UUID; `urn:uuid:`, braces and dashes come to less. */
const lengthMax = 64;

/** Whether a text can be read as a UUID: with or without dashes, in braces, after `urn:uuid:`, in any case. */
export function isUuidLike(text: string): boolean {
  return text.length <= lengthMax && /^[0-9a-f]{32}$/i.test(bare(text));
}

/**
 * Whether a text is like a UUID and has its dashes where one has them: what Placement asks of a query, where it takes
 * it as it is spelled.
 */
export function isDashedUuid(text: string): boolean {
  return isUuidLike(text) && [8, 13, 18, 23].every((place) => text[place] === '-');
}

/** A text that is like a UUID, as one: lower case, with dashes. */
export function uuidOf(text: string): string {
  return bare(text)
    .toLowerCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Whether a text is a UUID as everything that has one is called: nothing else has a name in the log. */
export function isCanonicalUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

function bare(text: string): string {
  return text
    .replaceAll('urn:', '')
    .replaceAll('uuid:', '')
    .replace(/^[{}]+|[{}]+$/g, '')
    .replaceAll('-', '');
}
