/** Of a request, as it was sent: without its query. */
export function pathOf({ url = '' }: { url?: string | undefined }): string {
  return url.split('?', 1)[0]!;
}

/** A path as routes are looked up by it: what was escaped and need not be stands for itself. */
export function withoutEscapes(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
