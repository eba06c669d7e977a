import { beforeAll, describe, expect, test } from 'vitest';
import { pythonMissing, pythonMsMax } from '../../../support/python.js';
import { serviceFor } from '../../../support/service.js';
import { aboutAllocations, settingsOf } from './files.js';
import { gabbiPython, runGabbiFile } from './gabbi.js';

const fileMsMax = 120_000;
const missing = pythonMissing();

/** The others run on demand: `npm run conformance:placement`. */
describe.skipIf(missing !== null)("Placement's own tests of allocations", () => {
  let python: string;
  beforeAll(async () => {
    python = await gabbiPython();
  }, pythonMsMax);

  test.each(aboutAllocations)(
    '%s',
    async (file, count) => {
      const service = await serviceFor(settingsOf(file));
      const results = await runGabbiFile(python, `${service.url}/placement`, file).finally(() => service.close());
      expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
      expect(results).toHaveLength(count);
    },
    fileMsMax,
  );
});
