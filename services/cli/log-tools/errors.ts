/** Something that the caller must change: the message says what. */
export class ToolError extends Error {}
