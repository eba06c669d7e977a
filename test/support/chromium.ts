import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Why there is no browser to test with, or null. With HOLDFAST_REQUIRE_CHROMIUM=1 that is a failure instead. */
export function chromiumMissing(): string | null {
  if (program() !== null) return null;
  const why = `no ${programs.join(', ')} on PATH`;
  if (process.env.HOLDFAST_REQUIRE_CHROMIUM === '1') throw new Error(why);
  return why;
}

/** A browser of its own, that finds this machine under `host` and no other host at all. */
export function startChromium(host: string): Promise<Browser> {
  return chromium.launch({
    executablePath: program()!,
    // As root there is no sandbox to be had.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [`--host-resolver-rules=MAP ${host} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`],
  });
}

function program(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = programs.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
