import { overload, reportLines } from './overload.js';

/** 2,000 clients upon limits for 500, for longer than the leases that are renewed meanwhile. */
const report = await overload({
  clients: 2_000,
  inFlightMax: 500,
  readsMax: 100,
  holders: 50,
  renewEveryMs: 20_000,
  elapsedMs: 75_000,
});
for (const line of reportLines(report)) process.stdout.write(`${line}\n`);
if (report.wrong.length > 0 || report.stillHeld !== 50) process.exitCode = 1;
