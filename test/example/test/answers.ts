import { rowsIn } from '@holdfast/api/example/asked';
import type { Present } from '@holdfast/projections';

/** All that the read model has. */
export async function exampleAnswers(present: Present): Promise<unknown[][]> {
  return [await rowsIn({ present }).claims()];
}
