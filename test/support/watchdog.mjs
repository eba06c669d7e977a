import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/*
 * Ends a test file that does not end by itself. The timeouts of tests end nothing that never lets the event loop turn,
 * and the whole run would wait for it for ever.
 */
const turnsEveryMs = 500;
/** At so many steps of the main thread it is asked where it is, and so many calls are told of each. */
const stepsMax = 40;
const callsMax = 8;

/**
 * Kills this process once its event loop made no turn for `silentMsMax`, or once it is `ageMsMax` old, and says on
 * stderr where its main thread was.
 * @param {number} silentMsMax
 * @param {number} ageMsMax
 */
export function endWhereStuck(silentMsMax, ageMsMax) {
  const turns = new Int32Array(new SharedArrayBuffer(4));
  setInterval(() => Atomics.add(turns, 0, 1), turnsEveryMs).unref();
  new Worker(fileURLToPath(import.meta.url), { workerData: { turns, silentMsMax, ageMsMax }, execArgv: [] }).unref();
}

/** @param {{ turns: Int32Array, silentMsMax: number, ageMsMax: number }} limits */
async function watch({ turns, silentMsMax, ageMsMax }) {
  const began = Date.now();
  let [seen, since] = [-1, began];
  while (Date.now() - since < silentMsMax && Date.now() - began < ageMsMax) {
    await sleep(turnsEveryMs);
    const now = Atomics.load(turns, 0);
    if (now !== seen) [seen, since] = [now, Date.now()];
  }
  const silent = Math.round((Date.now() - since) / 1_000);
  say(
    `watchdog: after ${Math.round((Date.now() - began) / 1_000)} s, without a turn of the event loop for ${silent} s, it is at`,
  );
  /** @type {Set<string>} */
  const places = new Set();
  await Promise.race([visit(places), sleep(5_000)]);
  say([...places].join('\n') || '  a call that is not JavaScript, or nothing at all');
  process.kill(process.pid, 'SIGKILL');
}

/** Adds where the main thread is at each of its next steps, the innermost calls first. @param {Set<string>} places */
function visit(places) {
  return new Promise((resolve) => {
    let steps = 0;
    const session = new Session();
    session.connectToMainThread();
    session.on('Debugger.paused', ({ params }) => {
      const calls = params.callFrames.map(
        ({ functionName, url, location }) => `${functionName || '(nameless)'} ${url}:${location.lineNumber + 1}`,
      );
      places.add(`  ${calls.slice(0, callsMax).join(' < ')}`);
      if (++steps === stepsMax) resolve(undefined);
      else session.post('Debugger.stepInto');
    });
    session.post('Debugger.enable');
    session.post('Debugger.pause');
  });
}

/** Not by way of the streams: those of a thread need the main one. @param {string} text */
function say(text) {
  writeSync(2, `${text}\n`);
}

if (!isMainThread && workerData?.turns !== undefined) await watch(workerData);
