export class CodecError extends Error {
  constructor(
    readonly code: /** No head of ours. */
      | 'not-avro'
      /** A schema that this version does not know, or an id that nothing gives a meaning. */
      | 'unknown-schema'
      /** An event among commands, or a command among events. */
      | 'wrong-role'
      /** Bytes that are not of their schema, or a message that does not fit its own. */
      | 'invalid'
      /** An id would mean two schemas in one log. SPEC rule 13. */
      | 'two-meanings',
    message: string,
  ) {
    super(message);
    this.name = 'CodecError';
  }
}
