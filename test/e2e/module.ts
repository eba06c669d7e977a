/** What tests of the whole service ask of a module. */
export interface EndToEndPart {
  /** What is tried out of each of its documents on the page under /docs, in their order there. */
  tried: readonly TriedCall[];
  /** A change for which nothing need be there. */
  write: {
    method: string;
    path: string;
    body: string;
    headers: Record<string, string>;
    /** The status that the body of an error says. */
    // biome-ignore lint/suspicious/noExplicitAny: read as a client would.
    statusIn(body: any): number;
  };
  withheld: WithheldPart;
  /** Null: its bodies have no secret members (`secretMembers` of its API). */
  secrets: SecretsPart | null;
}

export interface TriedCall {
  /** Of the OpenAPI document. */
  file: string;
  /** How many operations the document has, at least. */
  operationsMin: number;
  /** The token that it takes where nobody has one; absent: it needs none there. */
  open?: string;
  method: string;
  path: string;
  /** What is typed. */
  body?: string;
  /** What becomes of it. */
  status: string;
}

/** A session of which something is kept in every place where the audit looks. */
export interface WithheldPart {
  /** `headers` say who asks, why, and with which key. Gives what nobody may be told of it. */
  session(url: string, headers: Record<string, string>): Promise<string[]>;
  /** Of which there is a history then; `path` as the audit has it. */
  resources: readonly { path: string; id: string }[];
  /** Of events, each as a query. */
  filters: readonly string[];
}

/** A session in which secrets of its bodies are sent and answered, rightly and wrongly. */
export interface SecretsPart {
  use(url: string): Promise<{
    secrets: readonly string[];
    /** What its errors said, which must not repeat any. */
    errors: readonly string[];
    /** What is kept of it in the same places, so that a search there would find a secret. */
    kept: string;
  }>;
}
