import { freePort, running, spawnDetached, waitUntil } from './processes.mjs';

const jar = 'apicurio-registry-app-2.6.13.Final-runner.jar';

/**
 * Starts the registry unless it runs. Gives the URL of its Confluent API. It keeps everything in memory: whoever uses it
 * registers schemas at start, and gets the same ids for the same order only, so its ids are not for keeping.
 * @param {string} directory @param {number} wantedPort @param {import('./state.mjs').State | null} before
 * @param {string} folder where it was unpacked @param {(text: string) => void} say
 */
export async function startRegistry(directory, wantedPort, before, folder, say) {
  const known = before?.registry ?? null;
  if (known !== null && (await running(directory, 'registry')) !== null) {
    say(`the registry is already running at ${known}`);
    return known;
  }
  const port = await freePort(known === null ? wantedPort : Number(new URL(known).port));
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  say(`starting the registry at ${url}`);
  const settings = ['-Xmx256m', '-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`];
  await spawnDetached(directory, 'registry', 'java', [...settings, '-jar', `${folder}/${jar}`]);
  await waitUntil(directory, 'registry', async () => {
    const response = await fetch(`${url}/subjects`).catch(() => null);
    return response?.status === 200;
  });
  return url;
}
