/** Commands and events of the module `example`: instruments, each of which one person at a time may claim. */

export interface ClaimRequested {
  type: 'example.ClaimRequested';
  instrument: string;
  durationMs: number;
}
/** Gives a claim back before it ends. */
export interface ReturnRequested {
  type: 'example.ReturnRequested';
  instrument: string;
  /** The one that is meant: who has none, or an older one, is refused. */
  claim: string;
}
export type ExampleCommand = ClaimRequested | ReturnRequested;

interface OnInstrument {
  instrument: string;
}
/** `claim`: `<command id>.<command position>` of the request, unique for ever. Times are milliseconds since 1970. */
export interface Claimed extends OnInstrument {
  type: 'example.Claimed';
  claim: string;
  durationMs: number;
  expiresAt: number;
}
export interface Returned extends OnInstrument {
  type: 'example.Returned';
  claim: string;
}
export interface ClaimExpired extends OnInstrument {
  type: 'example.ClaimExpired';
  claim: string;
}
export interface ClaimRefused extends OnInstrument {
  type: 'example.ClaimRefused';
  reason: ExampleReason;
}
export type ExampleReason = 'Taken' | 'NotYours';
export type ExampleEvent = Claimed | Returned | ClaimExpired | ClaimRefused;
