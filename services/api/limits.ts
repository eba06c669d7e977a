/** Every limit of the HTTP API. The ones that a document repeats are compared with it by a test. */
export const apiLimits = {
  /** A body of 100,000 ids, each with a key, is about 10 MB. */
  bodyBytesMax: 32 * 1024 * 1024,
  /** Ids, keys or components in one call, and values in one filter. */
  idsPerCallMax: 100_000,
  /** Characters of a reservation or deputy key as shown; ours have at most 36 besides the xname. */
  keyLengthMax: 256,
  /** The HSM dialect's limit; the published dialect has none. */
  hsmReservationMinutesMax: 15,
  /** Keeps an expiry within the four-digit years of RFC 3339. */
  reservationMinutesMax: 4_000_000_000,
  /** Characters of a User-Agent that are kept with a request. */
  userAgentLengthMax: 200,
  /** Characters of a name in `X-Actor`. */
  statedActorLengthMax: 256,
  /** Characters of a reason. */
  reasonLengthMax: 1_024,
  /** Characters of one part of a path, e.g. of a request's id with its token. */
  pathPartLengthMax: 300,
  /** For a whole request to arrive. A decision has 30 s of its own. */
  requestTimeoutMs: 120_000,
  /** What Retry-After says. */
  retryAfterSeconds: 1,
  /** Names of unknown fields that an error repeats. */
  namedFieldsMax: 5,
  /** Above this, the position of an error in malformed JSON is not searched for. */
  locatedJsonCharsMax: 64 * 1024,
} as const;
