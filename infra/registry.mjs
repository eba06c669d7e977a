import { freePort, running, spawnDetached, waitUntil } from './processes.mjs';

const jar = 'apicurio-registry-app-2.6.13.Final-runner.jar';

/**
 * Starts the registry unless it runs. Gives the URL of its Confluent API. Its storage is in memory by default, but the
 * ids that it gives out stand in every record of a topic that is kept, so it is told to use a file.
 * @param {string} directory @param {number} wantedPort @param {import('./state.mjs').State | null} before
 * @param {import('./state.mjs').Programs} programs @param {(text: string) => void} say
 */
export async function startRegistry(directory, wantedPort, before, programs, say) {
  const known = before?.registry ?? null;
  if (known !== null && (await running(directory, 'registry')) !== null) {
    say(`the registry is already running at ${known}`);
    return known;
  }
  const port = await freePort(known === null ? wantedPort : Number(new URL(known).port));
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  say(`starting the registry at ${url}`);
  const settings = [
    ...programs.java('registry'),
    '-Xmx256m',
    // It answers little: what makes it faster in the long run only doubles what its start takes.
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Dquarkus.http.host=127.0.0.1',
    `-Dquarkus.http.port=${port}`,
    `-Dquarkus.datasource.jdbc.url=jdbc:h2:file:${directory}/registry`,
  ];
  await spawnDetached(directory, 'registry', 'java', [...settings, '-jar', `${programs.folder}/registry/${jar}`]);
  await waitUntil(directory, 'registry', async () => {
    const response = await fetch(`${url}/subjects`).catch(() => null);
    return response?.status === 200;
  });
  return url;
}
