import { isIP } from 'node:net';
import type { ApiSettings, Token, WholeFleet } from '@holdfast/api';
import { authorityOf } from '@holdfast/api/browsers';
import { apiLimits } from '@holdfast/api/limits';
import { spaceLimits } from '@holdfast/log/limits';
import { defaultTopics } from '@holdfast/log-kafka/topic-names';
import type { AdmissionLimits } from '@holdfast/processor';
import { admissionLimits, gatewayLimits } from '@holdfast/processor/limits';
import { Option } from 'commander';
import type { KafkaLogSettings, LogSettings } from './log.js';
import { cliModules } from './modules.js';
import { listed, option, wholeNumber } from './options.js';
import { secretGiven } from './secret.js';
import type { ServiceRole, ServiceSettings } from './service.js';
import { contents, SettingsError } from './settings-error.js';
import { loadTokens } from './tokens.js';

/**
 * Options of `serve` as given, but for those of modules; each may also come from the environment variable that `--help`
 * names.
 */
export interface ServeOptions {
  port: number;
  host: string;
  allowHost?: string[] | string;
  data: string;
  postgres?: string;
  tokens?: string;
  secretFile?: string;
  insecure?: boolean;
  role: ServiceRole | 'all';
  kafka?: string;
  shards: number;
  replication?: number;
  commandsTopic: string;
  eventsTopic: string;
  kafkaTls?: boolean;
  kafkaCa?: string;
  kafkaCert?: string;
  kafkaKey?: string;
  kafkaSasl?: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  kafkaUser?: string;
  kafkaPasswordFile?: string;
  registry?: string;
  registryUser?: string;
  registryPasswordFile?: string;
  wholeFleet: WholeFleet;
  connectionsMax: number;
  inFlightMax: number;
  readsMax: number;
  heldMbMax: number;
  shardInFlightMax: number;
  queueAgeMax: number;
  diskReserveMb: number;
  allowNetworkFs?: boolean;
  check?: boolean;
}

const megabyte = 1024 * 1024;

export const serveOptions: Option[] = [
  option('-p, --port <number>', 'port to listen on', 'HOLDFAST_PORT').default(28_800).argParser(wholeNumber(0, 65_535)),
  option('--host <address>', 'address to listen on', 'HOLDFAST_HOST').default('127.0.0.1'),
  option(
    '--allow-host <name...>',
    'names, with a port if not 80 or 443, that it is reached by besides --host, addresses and localhost',
    'HOLDFAST_ALLOW_HOST',
  ),
  option('--data <directory>', 'where the log is kept; "memory" keeps nothing', 'HOLDFAST_DATA').default('data'),
  option(
    '--allow-network-fs',
    'keep the log on NFS, SMB, FUSE and the like, where nothing else may ever serve it',
    'HOLDFAST_ALLOW_NETWORK_FS',
  ),
  option('--postgres <url>', 'Postgres server for the read model, instead of the embedded one', 'DATABASE_URL'),
  option(
    '--tokens <file>',
    'JSON list of {"token","name","roles"}, and "user", "project", "serviceRoles", that callers must present',
    'HOLDFAST_TOKENS',
  ),
  option('--insecure', 'listen beyond loopback without tokens', 'HOLDFAST_INSECURE'),
  option(
    '--secret-file <file>',
    'secret of the reservation keys, base64url (default: made in the data directory)',
    'HOLDFAST_SECRET_FILE',
  ),
  ...cliModules.flatMap(({ settings }) => settings.options),
  option(
    '--whole-fleet <allow|refuse>',
    'whether a change that selects nothing means every component, as published',
    'HOLDFAST_WHOLE_FLEET',
  )
    .choices(['allow', 'refuse'])
    .default('allow'),
  option('--connections-max <number>', 'connections open; past it the longest idle ends', 'HOLDFAST_CONNECTIONS_MAX')
    .default(apiLimits.connectionsMax)
    .argParser(wholeNumber(1, 1_000_000)),
  option('--in-flight-max <number>', 'changes in progress in this process; past it 429', 'HOLDFAST_IN_FLIGHT_MAX')
    .default(admissionLimits.inFlightMax)
    .argParser(wholeNumber(1, 1_000_000)),
  option('--reads-max <number>', 'reads in progress in this process; past it 429', 'HOLDFAST_READS_MAX')
    .default(admissionLimits.readsMax)
    .argParser(wholeNumber(1, 1_000_000)),
  option('--held-mb-max <MB>', 'bodies and answers held by this process; past it 429', 'HOLDFAST_HELD_MB_MAX')
    .default(admissionLimits.heldBytesMax / megabyte)
    .argParser(wholeNumber(apiLimits.bodyBytesMax / megabyte, 1_000_000)),
  option('--shard-in-flight-max <number>', 'undecided commands of a shard; past it 429', 'HOLDFAST_SHARD_IN_FLIGHT_MAX')
    .default(admissionLimits.shardInFlightMax)
    .argParser(wholeNumber(1, 1_000_000)),
  option('--queue-age-max <seconds>', 'age of the oldest undecided command; past it 503', 'HOLDFAST_QUEUE_AGE_MAX')
    .default(admissionLimits.queueAgeMsMax / 1_000)
    .argParser(wholeNumber(1, gatewayLimits.decideMs / 1_000)),
  option(
    '--disk-reserve-mb <MB>',
    'kept in the log’s file for renewals and releases; while less is free besides, changes get 503',
    'HOLDFAST_DISK_RESERVE_MB',
  )
    .default(spaceLimits.reserveBytes / megabyte)
    .argParser(wholeNumber(1, 1_000_000)),
  option('--kafka <host:port,...>', 'brokers of the log, instead of the data directory', 'HOLDFAST_KAFKA'),
  option('--role <role>', 'what this process does, on Kafka', 'HOLDFAST_ROLE')
    .choices(['all', 'api', 'processor', 'projector'])
    .default('all'),
  option('--shards <number>', 'partitions of topics that do not exist yet', 'HOLDFAST_SHARDS')
    .default(1)
    .argParser(wholeNumber(1, 1_000)),
  option(
    '--replication <number>',
    'copies of topics that do not exist yet, each on a broker of its own, and the fewest of others (default: 3)',
    'HOLDFAST_REPLICATION',
  ).argParser(wholeNumber(1, 100)),
  option('--commands-topic <name>', 'topic of requests', 'HOLDFAST_COMMANDS_TOPIC').default(defaultTopics.commands),
  option('--events-topic <name>', 'topic of outcomes', 'HOLDFAST_EVENTS_TOPIC').default(defaultTopics.events),
  option('--kafka-tls', 'TLS to the brokers', 'HOLDFAST_KAFKA_TLS'),
  option('--kafka-ca <file>', 'certificates that sign the brokers’', 'HOLDFAST_KAFKA_CA'),
  option('--kafka-cert <file>', 'certificate of this client', 'HOLDFAST_KAFKA_CERT'),
  option('--kafka-key <file>', 'its private key', 'HOLDFAST_KAFKA_KEY'),
  option('--kafka-sasl <mechanism>', 'SASL to the brokers', 'HOLDFAST_KAFKA_SASL').choices([
    'plain',
    'scram-sha-256',
    'scram-sha-512',
  ]),
  option('--kafka-user <name>', 'SASL user; its password is HOLDFAST_KAFKA_PASSWORD, or a file', 'HOLDFAST_KAFKA_USER'),
  option('--kafka-password-file <file>', 'file with the SASL password', 'HOLDFAST_KAFKA_PASSWORD_FILE'),
  option('--registry <url>', 'Confluent-compatible schema registry', 'HOLDFAST_REGISTRY'),
  option(
    '--registry-user <name>',
    'its user; the password is HOLDFAST_REGISTRY_PASSWORD, or a file',
    'HOLDFAST_REGISTRY_USER',
  ),
  option('--registry-password-file <file>', 'file with the registry’s password', 'HOLDFAST_REGISTRY_PASSWORD_FILE'),
  new Option('--check', 'test every connection and setting, say what to change, and end'),
];

/** Checks the options against one another. Throws SettingsError. */
export async function serviceSettings(
  options: ServeOptions,
  tokensIn: typeof loadTokens = loadTokens,
): Promise<ServiceSettings> {
  const { host, tokens: tokensFile, insecure = false, role, postgres = null } = options;
  const tokens = tokensFile === undefined ? [] : await tokensIn(tokensFile);
  if (!isLoopback(host) && tokens.length === 0 && !insecure) {
    throw new SettingsError(
      `--host ${host} can be reached by others: give --tokens FILE so that callers must say who they are, or --insecure to serve anybody`,
    );
  }
  const { secretFile = null } = options;
  if (secretFile !== null) await secretGiven(secretFile);
  const { data, kafka, allowNetworkFs = false } = logSettings(options);
  if (kafka === null && role !== 'all') {
    throw new SettingsError(`--role ${role} needs --kafka: an embedded log admits one process, which does all`);
  }
  if (postgres === null && (role === 'api' || role === 'projector')) {
    throw new SettingsError(`--role ${role} needs --postgres: the embedded read model admits one process`);
  }
  return {
    port: options.port,
    host,
    roles: role === 'all' ? ['api', 'processor', 'projector'] : [role],
    data,
    kafka,
    allowNetworkFs,
    postgres,
    secretFile,
    api: apiSettings(options, tokens),
    limits: limitsOf(options),
    reserveBytes: options.diskReserveMb * megabyte,
    httpLog: null,
  };
}

/** Files that hold secrets, by the options that name them. */
export function secretFilesOf(options: ServeOptions): string[] {
  const { tokens, secretFile, kafkaKey, kafkaPasswordFile, registryPasswordFile } = options;
  const files = [tokens, secretFile, kafkaKey, kafkaPasswordFile, registryPasswordFile];
  const ofModules = cliModules.flatMap(({ settings }) => settings.secretFiles(options));
  return [...files.filter((file) => file !== undefined), ...ofModules];
}

/** Where the log is: what `serve` and the tools on the log have in common. Throws SettingsError. */
export function logSettings(options: ServeOptions): LogSettings {
  const data = options.data === 'memory' ? null : options.data;
  return { data, kafka: kafkaSettings(options), allowNetworkFs: options.allowNetworkFs ?? false };
}

function apiSettings(options: ServeOptions, tokens: Token[]): ApiSettings {
  const { wholeFleet } = options;
  const modules = Object.fromEntries(cliModules.map(({ name, settings }) => [name, settings.read(options)]));
  return { tokens, hosts: hostsOf(options, tokens), wholeFleet, modules };
}

/**
 * Which hosts it is known by, so that no page can make a name of its own resolve to here. Where everybody must show a
 * token such a page can do nothing, so any name will do unless names are given. Throws SettingsError.
 */
function hostsOf({ host, allowHost }: ServeOptions, tokens: readonly Token[]): string[] | null {
  const allowed = listed(allowHost).flatMap((names) => names.split(','));
  const wrong = allowed.find((name) => authorityOf(name) === null);
  if (wrong !== undefined) {
    throw new SettingsError(
      `--allow-host ${wrong} is no host: give names such as locks.example.com or locks.example.com:8443`,
    );
  }
  return allowed.length === 0 && tokens.length > 0 ? null : [...allowed, host];
}

function limitsOf(options: ServeOptions): AdmissionLimits {
  const { connectionsMax, inFlightMax, readsMax, heldMbMax, shardInFlightMax, queueAgeMax } = options;
  return {
    connectionsMax,
    inFlightMax,
    readsMax,
    heldBytesMax: heldMbMax * megabyte,
    shardInFlightMax,
    queueAgeMsMax: queueAgeMax * 1_000,
  };
}

function kafkaSettings(options: ServeOptions): KafkaLogSettings | null {
  const {
    kafka,
    shards,
    replication,
    kafkaSasl: mechanism,
    kafkaUser: username,
    registry: url,
    registryUser,
  } = options;
  if (kafka === undefined) return null;
  const ssl = tlsSettings(options);
  const password = secretFrom('--kafka-password-file', options.kafkaPasswordFile, 'HOLDFAST_KAFKA_PASSWORD');
  if (mechanism !== undefined && (username === undefined || password === null)) {
    throw new SettingsError('--kafka-sasl needs --kafka-user, and HOLDFAST_KAFKA_PASSWORD or --kafka-password-file');
  }
  const registryPassword = secretFrom(
    '--registry-password-file',
    options.registryPasswordFile,
    'HOLDFAST_REGISTRY_PASSWORD',
  );
  const credentials = registryUser === undefined ? {} : { username: registryUser, password: registryPassword ?? '' };
  return {
    brokers: kafka.split(',').map((broker) => broker.trim()),
    shards,
    ...(replication === undefined ? {} : { replication }),
    topics: { commands: options.commandsTopic, events: options.eventsTopic },
    ...(ssl === null ? {} : { ssl }),
    ...(mechanism === undefined ? {} : { sasl: { mechanism, username: username!, password: password! } }),
    registry: url === undefined ? null : { url, ...credentials },
  };
}

function tlsSettings({
  kafkaTls,
  kafkaCa,
  kafkaCert,
  kafkaKey,
}: ServeOptions): NonNullable<KafkaLogSettings['ssl']> | null {
  const files = { ca: kafkaCa, cert: kafkaCert, key: kafkaKey };
  const given = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (given.length === 0) return kafkaTls ? true : null;
  return Object.fromEntries(given.map(([name, file]) => [name, contents(`--kafka-${name}`, file)]));
}

/** A password from a file or the environment, never from the command line, which others can see. */
function secretFrom(option: string, file: string | undefined, variable: string): string | null {
  return file === undefined ? (process.env[variable] ?? null) : contents(option, file).trimEnd();
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
