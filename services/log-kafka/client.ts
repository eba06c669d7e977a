import type { ConnectionOptions } from 'node:tls';
import { type Logger, nodeRuntime, Seldom } from '@holdfast/log';
import type * as kafkajs from 'kafkajs';
import { reachAny } from './broker-connection.js';
import { Kafka, logLevel } from './kafkajs.js';
import { kafkaLimits } from './limits.js';

/** How to reach a cluster. */
export interface KafkaSettings {
  /** Some of its brokers, as `host:port`; the others are found. */
  brokers: string[];
  /** Names this process in the brokers' logs and quotas, and begins the names of its tails' groups. */
  clientId: string;
  /** Default: no TLS. */
  ssl?: boolean | ConnectionOptions;
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
}

export function usesTls({ ssl }: Pick<KafkaSettings, 'ssl'>): boolean {
  return ssl !== undefined && ssl !== false;
}

export function createClient(settings: KafkaSettings, logger: Logger): kafkajs.Kafka {
  const { clientId, ssl, sasl } = settings;
  return new Kafka({
    brokers: () => firstToAnswer(settings),
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl: sasl as kafkajs.SASLOptions }),
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    requestTimeout: 10_000,
    // The library's own 300 ms would be most of a request's time; whoever calls it here retries, with a limit in all.
    retry: { initialRetryTime: kafkaLimits.retryMsMin, maxRetryTime: kafkaLimits.retryMsMax, retries: 3 },
    logLevel: logLevel.WARN,
    logCreator: toLogger(logger),
  });
}

/**
 * The library begins each connection at the first address of a list, and where that broker accepts and then says
 * nothing it tries no other: so it is given one that answers. Where none does, all of them, for it to say why.
 */
async function firstToAnswer(settings: KafkaSettings): Promise<string[]> {
  const { brokers } = settings;
  if (brokers.length === 1) return brokers;
  try {
    const connection = await reachAny(brokers, settings);
    connection.close();
    return [connection.address];
  } catch {
    return brokers;
  }
}

/**
 * The library calls an error what it then retries, and what fails in the end is thrown: so this is for information. Its
 * entries hold no secrets.
 */
function toLogger(logger: Logger): kafkajs.logCreator {
  const seldom = new Seldom(nodeRuntime, kafkaLimits.libraryLinesMs);
  return () =>
    ({ namespace, log }) => {
      const { message, error, broker, groupId, topic } = log;
      // It says each of its own attempts, of which there are many while a broker is unavailable.
      if (seldom.due(`${namespace} ${message} ${broker}`) === null) return;
      logger.info({ from: `kafkajs ${namespace}`, error, broker, groupId, topic }, message);
    };
}
