import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, replies, running, spawnDetached, waitUntil } from './processes.mjs';

const run = promisify(execFile);
const logging = fileURLToPath(new URL('log4j2.properties', import.meta.url));

/** The user of the port that asks for a password. Loopback only, and no secret. */
const user = { name: 'holdfast', password: 'holdfast-local' };
const clusterId = 'holdfast-local-cluster';

/**
 * ApiVersions, version 0, correlation 1, no client id: the one request that every broker answers without knowing the
 * client.
 */
const apiVersions = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);

/**
 * Starts the broker, a controller as well, unless it runs.
 * @param {import('./state.mjs').StartOptions} options
 * @param {import('./state.mjs').State | null} before the last start here
 * @param {import('./state.mjs').Programs} programs
 * @param {(text: string) => void} say
 */
export async function startBroker(options, before, programs, say) {
  const { directory } = options;
  if (before !== null && (await running(directory, 'kafka')) !== null) {
    say(`Kafka is already running at ${before.brokers}, its data in ${directory}`);
    return before;
  }
  const port = await freePort(portOf(before?.brokers) ?? options.port);
  const { node, voters } = options;
  const controllerPort = await freePort(portOf(voterOf(node, voters)) ?? before?.controllerPort ?? 0);
  const sasl = portOf(before?.saslBrokers) ?? options.saslPort;
  const saslPort = sasl === null ? null : await freePort(sasl);
  const config = join(directory, 'server.properties');
  const data = join(directory, 'data');
  await mkdir(data, { recursive: true });
  await writeFile(config, properties({ port, controllerPort, saslPort, data, node, voters }));
  // One of several on a machine, or for a test: what makes it faster in the long run would only cost it and its
  // neighbours their start.
  const light = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const several = voters.length > 1;
  const memory = [several ? '-Xmx300m' : '-Xmx512m', ...(several || options.until !== null ? light : [])];
  const java = [
    ...programs.java('kafka'),
    '-cp',
    `${programs.folder}/kafka/*`,
    `-Dlog4j2.configurationFile=${logging}`,
  ];
  if (!existsSync(join(data, 'meta.properties'))) {
    const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${user.name},password=${user.password}]`,
    ]);
    await run('java', [
      ...java,
      ...light,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      clusterId,
      '-c',
      config,
      ...scram,
    ]);
  }
  say(`starting Kafka at 127.0.0.1:${port}, its data and log in ${directory}`);
  await spawnDetached(directory, 'kafka', 'java', [
    ...java,
    ...memory,
    '-XX:+ExitOnOutOfMemoryError',
    'kafka.Kafka',
    config,
  ]);
  // It opens its ports once it can serve.
  await waitUntil(directory, 'kafka', () => replies(port, apiVersions));
  const saslBrokers = saslPort === null ? null : `127.0.0.1:${saslPort}`;
  return { brokers: `127.0.0.1:${port}`, saslBrokers, controllerPort };
}

/** Where the controller of a node listens, where that was said. @param {number} node @param {string[]} voters */
function voterOf(node, voters) {
  return voters.find((voter) => voter.startsWith(`${node}@`)) ?? null;
}

/** @param {string | null | undefined} address */
function portOf(address) {
  return address ? Number(address.split(':').at(-1)) : null;
}

/**
 * @param {{ port: number, controllerPort: number, saslPort: number | null, data: string, node: number, voters: string[]
 * }} options
 */
function properties({ port, controllerPort, saslPort, data, node, voters }) {
  const quorum = voters.length > 0 ? voters : [`${node}@127.0.0.1:${controllerPort}`];
  const copies = Math.min(3, quorum.length);
  const listeners = [`CLIENTS://127.0.0.1:${port}`, `CONTROLLER://127.0.0.1:${controllerPort}`];
  if (saslPort !== null) listeners.push(`SASL://127.0.0.1:${saslPort}`);
  const jaas = (/** @type {string} */ module, extra = '') =>
    `org.apache.kafka.common.security.${module} required username="${user.name}" password="${user.password}"${extra};`;
  const scram = jaas('scram.ScramLoginModule');
  return [
    'process.roles=broker,controller',
    `node.id=${node}`,
    `controller.quorum.voters=${quorum.join(',')}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=CLIENTS',
    `listeners=${listeners.join(',')}`,
    'listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT',
    `log.dirs=${data}`,
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    `listener.name.sasl.plain.sasl.jaas.config=${jaas('plain.PlainLoginModule', ` user_${user.name}="${user.password}"`)}`,
    `listener.name.sasl.scram-sha-256.sasl.jaas.config=${scram}`,
    `listener.name.sasl.scram-sha-512.sasl.jaas.config=${scram}`,
    // A topic that somebody mistyped must fail, not appear with settings that nobody chose.
    'auto.create.topics.enable=false',
    // One broker: one copy of everything.
    `default.replication.factor=${copies}`,
    'min.insync.replicas=1',
    `offsets.topic.replication.factor=${copies}`,
    'offsets.topic.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=4',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    // A consumer here is alone in its group: nobody to wait for.
    'group.initial.rebalance.delay.ms=0',
    'unclean.leader.election.enable=false',
    // After a crash the next one first waits for the session of the last to end: 9 s by default. One that is alone
    // gains nothing by ending its own session, which it does where its machine is so busy that its heartbeats are late.
    `broker.session.timeout.ms=${quorum.length > 1 ? 2_000 : 5_000}`,
    'broker.heartbeat.interval.ms=500',
    '',
  ].join('\n');
}
