import { beforeAll, describe, expect, test } from 'vitest';
import { pythonMissing, pythonMsMax } from '../../support/python.js';
import { serviceFor } from '../../support/service.js';
import { aboutAllocations, policyOf } from './files.js';
import { placementPython, runGabbiFile } from './gabbi.js';

const fileMsMax = 120_000;
const missing = pythonMissing();

/** The others run on demand: `npm run conformance:placement`. */
describe.skipIf(missing !== null)("Placement's own tests of allocations", () => {
  let python: string;
  beforeAll(async () => {
    python = await placementPython();
  }, pythonMsMax);

  test.each(aboutAllocations)(
    '%s',
    async (file, count) => {
      const service = await serviceFor({ placementPolicy: policyOf(file) });
      const results = await runGabbiFile(python, `${service.url}/placement`, file).finally(() => service.close());
      expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      expect(results).toHaveLength(count);
    },
    fileMsMax,
  );
});
