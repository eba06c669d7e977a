import { type Peer, theServer } from './peer.js';
import { late, lateTls, type NoAnswer, silent, speaksTls } from './transport.js';

/** Why no answer came, and what to do: pure. */

/** By a code of Node or OpenSSL. */
const words: Record<string, (server: URL, peer: Peer) => string> = {
  ECONNREFUSED: ({ origin }, { start }) => `nobody listens at ${origin}: ${start}`,
  ENOTFOUND: ({ hostname }, { look }) => `there is no host ${hostname}: ${look}`,
  EAI_AGAIN: ({ hostname }, { option }) =>
    `the name service does not say where ${hostname} is: try again, or give an address with ${option}`,
  EHOSTUNREACH: ({ hostname }, { look }) => `there is no way to ${hostname} from here: ${look}, and the network`,
  ENETUNREACH: ({ hostname }, { look }) => `there is no way to ${hostname} from here: ${look}, and the network`,
  [late]: ({ host }, { look }) => `${host} takes no connection (waited 10 s): ${look}, and what stands before it`,
  [lateTls]: ({ host }, { option, look }) =>
    `${host} takes a connection, but begins no TLS (waited 10 s): ${look}, and what stands before it; is it ${option} http://${host}?`,
  [speaksTls]: (server, { option }) => `${server.host} speaks TLS: give ${option} https://${server.host}`,
  CERT_HAS_EXPIRED: ({ origin }) => `the certificate of ${origin} has expired: it must be renewed there`,
  CERT_NOT_YET_VALID: ({ origin }) => `the certificate of ${origin} is not valid yet: see whether the clocks are right`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ origin }, { option }) =>
    `the certificate of ${origin} is for other names: give one of those in ${option}`,
};

/** Of a certificate that nothing vouches for. */
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
]);

/**
 * Codes after which another attempt may succeed without anybody changing anything. None for who was silent, or took no
 * connection in 10 s: each attempt would take as long again, with no word to whoever waits.
 */
const passing = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN']);

export function mayPass({ code }: NoAnswer): boolean {
  return passing.has(code);
}

/** A sentence for people, which names the server and the remedy. */
export function whyNoAnswer(server: URL, { code, sent, message }: NoAnswer, peer: Peer = theServer): string {
  const known = words[code];
  if (known !== undefined) return known(server, peer);
  if (code === silent) return `${server.origin} did not answer (${message}): ${peer.look}`;
  if (untrusted.has(code)) {
    return `the certificate of ${server.origin} is not trusted (${code}): give the one that it is signed with, ${peer.cacert}`;
  }
  const closed = !sent && server.protocol === 'https:' && code === 'ECONNRESET';
  if (closed || code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return `${server.host} does not speak TLS as asked (${code}): is it ${peer.option} http://${server.host}?`;
  }
  if (code.startsWith('HPE_')) return `what ${server.origin} answers is not HTTP: ${peer.look}`;
  return `no answer from ${server.origin} (${code || message}): ${peer.look}`;
}
