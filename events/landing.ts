import type { CatalogueEntry } from './catalogue.js';
import ids from './schema-ids.json' with { type: 'json' };

const landed = new Map(Object.keys(ids).map((key, n) => [key, n]));

/**
 * The catalogue in the order in which its schemas landed: that of `schema-ids.json`, to whose end new ones are added. A
 * registry that was emptied, and gets them in this order, gives them the same ids again.
 */
export function inLandingOrder(catalogue: readonly CatalogueEntry[]): CatalogueEntry[] {
  const place = ({ type, version }: CatalogueEntry) => landed.get(`${type}.v${version}`) ?? landed.size;
  return [...catalogue].sort((a, b) => place(a) - place(b));
}
