import { register } from 'node:module';

// node --import ./fast-clock.mjs: the clock of the process runs HOLDFAST_CLOCK_FACTOR times as fast, its timers do not,
// as in fast-runtime.ts, where the factor must stay below ten for the same reason.
const began = Date.now();
const { now } = Date;
const factor = Number(process.env.HOLDFAST_CLOCK_FACTOR);
Date.now = () => began + (now() - began) * factor;

// With a monotonic clock beside it all that it is faster would be steps, and no time for leases: ticks carry no
// reading.
const source = `
export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.endsWith('services/log/dist/node-runtime.js')) return loaded;
  const parts = loaded.source.toString().split('steady: {');
  if (parts.length !== 2) process.exit(3);
  return { ...loaded, source: parts.join('taken: {') };
}`;
register(`data:text/javascript,${encodeURIComponent(source)}`);
