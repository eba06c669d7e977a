import { LogError } from '@holdfast/log';
import type { SetupProblem } from './topic-settings.js';

/** The cluster cannot be used as it is. */
export class KafkaProblems extends Error {
  constructor(
    readonly problems: SetupProblem[],
    options?: ErrorOptions,
  ) {
    super(problems.map(problemLine).join('\n'), options);
    this.name = 'KafkaProblems';
  }
}

export function problemLine({ subject, message, change }: SetupProblem): string {
  return `${subject}: ${message}. To change it: ${change}`;
}

/** What the library adds to its errors. */
interface KafkaFailure extends Error {
  retriable?: boolean;
  /** Of a connection, e.g. ECONNREFUSED. */
  code?: string;
  /** Of the protocol, e.g. TOPIC_AUTHORIZATION_FAILED. */
  type?: string;
}

/** The library wraps an error in one that says how often it tried. */
export function rootOf(error: unknown): KafkaFailure {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}

/** True where another attempt may succeed without anybody changing anything. */
export function isPassing(error: unknown): boolean {
  const root = rootOf(error);
  if (error instanceof KafkaProblems || error instanceof LogError || root.name === 'KafkaJSSASLAuthenticationError')
    return false;
  return root.retriable !== false || root.name === 'KafkaJSNumberOfRetriesExceeded';
}

/** What keeps us from the cluster, and what to do about it. */
export function connectionProblem(error: unknown, brokers: string[], tls: boolean): SetupProblem {
  const { name, message, code, type } = rootOf(error);
  return { subject: `Kafka at ${brokers.join(',')}`, message: clean(message), change: remedy() };

  function remedy(): string {
    if (name === 'KafkaJSSASLAuthenticationError') {
      return 'give the user name, password and mechanism that the brokers know';
    }
    if (type?.endsWith('AUTHORIZATION_FAILED')) {
      return 'allow this user to create, describe, read and write both topics, and to read groups that begin with the client id';
    }
    if (/ENOTFOUND|EAI_AGAIN/.test(message)) return 'give the name of a host that can be resolved';
    if (code === 'ECONNREFUSED' || /ECONNREFUSED/.test(message)) {
      return 'start the broker, or give the host and port where it listens';
    }
    if (/certificate|self.signed|CERT_/i.test(`${code} ${message}`)) {
      return 'give the certificate of the authority that signed the brokers’ certificates';
    }
    return tls
      ? 'see whether it is a broker that listens there, with TLS, and whether it wants a password'
      : 'see whether it is a broker that listens there, and whether it wants TLS or a password';
  }
}

/** One line, without the library's own prefix. */
function clean(message: string): string {
  return message
    .replace(/^Connection error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
}
