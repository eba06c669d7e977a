/** What a client takes, by its `Accept`, from `offers` in their order: the best one first. */
export function acceptable<Offer extends string>(header: string | undefined, offers: readonly Offer[]): Offer[] {
  const ranges = rangesOf(header ?? '');
  // Placement takes a header that is none for absent.
  if (ranges === null) return [...offers];
  return offers
    .map((offer) => ({ offer, quality: qualityOf(offer, ranges) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ offer }) => offer);
}

interface MediaRange {
  type: string;
  quality: number;
}

const rangePattern = /^(\*\/\*|[\w!#$%&'*+.^`|~-]+\/(?:\*|[\w!#$%&'*+.^`|~-]+))$/;

/** Null where there is none, or one that is malformed. */
function rangesOf(header: string): MediaRange[] | null {
  const ranges: MediaRange[] = [];
  for (const part of header.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (part.trim() === '') continue;
    const quality = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2) ?? '1';
    if (!rangePattern.test(type) || !/^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(quality)) return null;
    ranges.push({ type: type.toLowerCase(), quality: Number(quality) });
  }
  return ranges.length === 0 ? null : ranges;
}

/** Of the range that says most of a type. */
function qualityOf(offer: string, ranges: readonly MediaRange[]): number {
  const forms = [offer, `${offer.split('/', 1)[0]}/*`, '*/*'];
  for (const form of forms) {
    const qualities = ranges.filter(({ type }) => type === form).map(({ quality }) => quality);
    if (qualities.length > 0) return Math.max(...qualities);
  }
  return 0;
}
