import { freePort } from './processes.mjs';
import { readState } from './state.mjs';

/*
 * The same in containers, where Docker is there and Java and Maven are not. `testcontainers` is imported only then.
 * What one start makes outlives its process, so its own clean-up is off, and `stop` finds the containers by id.
 */
const kafkaImage = 'apache/kafka:4.3.1';
const registryImage = 'apicurio/apicurio-registry-mem:2.6.13.Final';
const user = { name: 'holdfast', password: 'holdfast-local' };

/**
 * @param {import('./state.mjs').StartOptions} options @param {(text: string) => void} say
 * @returns {Promise<import('./state.mjs').State>}
 */
export async function startContainers(options, say) {
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  const { getContainerRuntimeClient } = await import('testcontainers');
  const client = await getContainerRuntimeClient().catch((error) => {
    throw new Error(`neither Java with Maven nor Docker can be used: ${error.message}`);
  });
  const before = await readState(options.directory);
  if (before !== null && before.containers.length > 0 && (await allRun(client, before.containers))) {
    say(`Kafka is already running at ${before.brokers}, in containers ${before.containers.join(', ')}`);
    return before;
  }
  const { port, saslPort, broker } = await startBroker(options, say);
  const containers = [broker.getId()];
  let registry = null;
  if (options.registryPort !== null) {
    const started = await startRegistry(options.registryPort, say);
    containers.push(started.container.getId());
    registry = started.url;
  }
  const saslBrokers = saslPort === null ? null : `127.0.0.1:${saslPort}`;
  return { brokers: `127.0.0.1:${port}`, saslBrokers, registry, controllerPort: 0, containers };
}

/** @param {import('./state.mjs').State} state @param {(text: string) => void} say */
export async function stopContainers(state, say) {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const client = await getContainerRuntimeClient();
  for (const id of state.containers) {
    const container = client.container.getById(id);
    await client.container.stop(container).catch(() => {});
    await client.container.remove(container, { removeVolumes: true }).catch(() => {});
    say(`container ${id.slice(0, 12)} stopped`);
  }
}

/** @param {import('testcontainers').ContainerRuntimeClient} client @param {string[]} ids */
async function allRun(client, ids) {
  const states = ids.map(async (id) => (await client.container.inspect(client.container.getById(id))).State.Running);
  return (await Promise.allSettled(states)).every((state) => state.status === 'fulfilled' && state.value);
}

/** @param {import('./state.mjs').StartOptions} options @param {(text: string) => void} say */
async function startBroker(options, say) {
  const { GenericContainer, Wait } = await import('testcontainers');
  // Clients are told these addresses, so the ports outside must be the ports inside.
  const port = await freePort(options.port);
  const saslPort = options.saslPort === null ? null : await freePort(options.saslPort);
  const jaas = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const sasl = saslPort === null ? '' : `,SASL://0.0.0.0:${saslPort}`;
  const saslAdvertised = saslPort === null ? '' : `,SASL://127.0.0.1:${saslPort}`;
  say(`starting ${kafkaImage} at 127.0.0.1:${port}`);
  const ports = [port, ...(saslPort === null ? [] : [saslPort])];
  const broker = await new GenericContainer(kafkaImage)
    .withExposedPorts(...ports.map((each) => ({ container: each, host: each })))
    .withEnvironment({
      // By this name a first start knows that it has but one broker.
      CLUSTER_ID: 'holdfast-local-cluster',
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'CLIENTS',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@127.0.0.1:9093',
      KAFKA_LISTENERS: `CLIENTS://0.0.0.0:${port},CONTROLLER://127.0.0.1:9093${sasl}`,
      KAFKA_ADVERTISED_LISTENERS: `CLIENTS://127.0.0.1:${port}${saslAdvertised}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT',
      KAFKA_SASL_ENABLED_MECHANISMS: 'PLAIN',
      KAFKA_LISTENER_NAME_SASL_PLAIN_SASL_JAAS_CONFIG: `${jaas} user_${user.name}="${user.password}";`,
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_DEFAULT_REPLICATION_FACTOR: '1',
      KAFKA_MIN_INSYNC_REPLICAS: '1',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_HEAP_OPTS: '-Xmx512m',
    })
    .withWaitStrategy(Wait.forLogMessage('Kafka Server started'))
    .start();
  return { port, saslPort, broker };
}

/** @param {number} wantedPort @param {(text: string) => void} say */
async function startRegistry(wantedPort, say) {
  const { GenericContainer, Wait } = await import('testcontainers');
  const port = await freePort(wantedPort);
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  say(`starting ${registryImage} at ${url}`);
  const container = await new GenericContainer(registryImage)
    .withExposedPorts({ container: 8080, host: port })
    .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', 8080))
    .start();
  return { container, url };
}
