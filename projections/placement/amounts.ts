import type { Amount } from '@holdfast/events/placement/messages';
import type { AmountTuple } from './change.js';

export function amountTuple({ resourceClass, amount }: Amount): AmountTuple {
  return [resourceClass, amount];
}

export function amountOf([resourceClass, amount]: AmountTuple): Amount {
  return { resourceClass, amount };
}
