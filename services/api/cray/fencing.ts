import { fencingTokenHeader, omittedTokensHeader } from '../replies.js';
import { type Dialect, hsm } from './dialect.js';
import { crayLimits } from './limits.js';

/** A component that is held, and the fencing token of its hold. */
export type FencedComponent = readonly [xname: string, token: number];

/** The member of an entry; the schemas of the published dialect have no place for it. */
export function tokenMember(dialect: Dialect, token: number | null): { FencingToken?: number } {
  return dialect === hsm && token !== null ? { FencingToken: token } : {};
}

/**
 * The header that says the tokens of an answer where its body cannot: `x0c0s0b0n0=12, x0c0s1b0n0=13`. It is whole or
 * not there: where it would be longer than what proxies take, another says how many there are, and a client finds them
 * in the HSM dialect, or among the holders.
 */
export function tokenHeader(dialect: Dialect, tokens: readonly FencedComponent[]): Record<string, string> {
  if (dialect === hsm || tokens.length === 0) return {};
  let text = '';
  for (const [xname, token] of tokens) {
    text += `${text === '' ? '' : ', '}${xname}=${token}`;
    if (text.length > crayLimits.tokenHeaderLengthMax) return { [omittedTokensHeader]: String(tokens.length) };
  }
  return { [fencingTokenHeader]: text };
}
