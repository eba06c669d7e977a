/** What every resource was at every moment: only its changes are kept. A moment is a sequence. */
export class Histories<Version extends { sequence: number }> {
  #versions = new Map<string, Version[]>();

  get resources(): string[] {
    return [...this.#versions.keys()];
  }

  /** Later ones come later. `sequence` is of the group that made it so. */
  note(resource: string, version: Version): void {
    const versions = this.#versions.get(resource);
    if (versions === undefined) this.#versions.set(resource, [version]);
    else versions.push(version);
  }

  /** The first moment at or after `moment` at which the resource is as wanted, or null. */
  firstMatch(resource: string, moment: number, wanted: (version: Version) => boolean): number | null {
    const versions = this.#versions.get(resource) ?? [];
    for (let n = Math.max(lastAt(versions, moment), 0); n < versions.length; n++) {
      const version = versions[n]!;
      if (wanted(version)) return Math.max(version.sequence, moment);
    }
    return null;
  }

  /** How it was at a moment. */
  versionAt(resource: string, moment: number): Version | undefined {
    const versions = this.#versions.get(resource) ?? [];
    return versions[lastAt(versions, moment)];
  }
}

/** Index of the last version at or before a moment; -1 where there is none. */
function lastAt(versions: readonly { sequence: number }[], moment: number): number {
  let [low, high] = [0, versions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (versions[middle]!.sequence <= moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
