// node --import ./fast-clock.mjs: the clock of the process runs HOLDFAST_CLOCK_FACTOR times as fast, its timers do not, as
// in fast-runtime.ts, where the factor must stay below ten for the same reason.
const began = Date.now();
const { now } = Date;
const factor = Number(process.env.HOLDFAST_CLOCK_FACTOR);
Date.now = () => began + (now() - began) * factor;
