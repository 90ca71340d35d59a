/**
 * The documented limits of the platform, and the bounds that follow from them. Whatever makes
 * statements, pages or answers asks here; the tests run with bindings that hold to the first part
 * (`test/support/documented-limits.ts`), since the local runtime accepts more.
 */

/**
 * Limits of D1 (developers.cloudflare.com/d1/platform/limits, as of 2026-11-28). Sizes are bytes.
 */
export const d1Limits = {
  /** A string, a blob or a row, bound or answered. */
  valueBytes: 2_000_000,
  boundParameters: 100,
  statementBytes: 100_000,
  /** The rows that one statement answers. */
  resultBytes: 50_000_000,
  /** Queries per invocation of the Worker; each statement of a batch is taken to count. */
  queries: { free: 50, paid: 1_000 },
  /** One database; more than that fails with `Exceeded maximum DB size`. */
  databaseBytes: { free: 500_000_000, paid: 10_000_000_000 },
  /** Rows per day of an account on the free plan; beyond them each query fails until 00:00 UTC. */
  freeRowsPerDay: { read: 5_000_000, written: 100_000 },
} as const

/**
 * Limits of Workers, KV and Durable Objects (developers.cloudflare.com/workers/platform/limits,
 * /kv/platform/limits and /durable-objects/platform/limits, as of 2026-11-28). Sizes are bytes.
 */
export const workerLimits = {
  /** One isolate, with all requests that it has in hand. */
  memoryBytes: 128 * 1024 * 1024,
  /** Calls of other services per invocation; `paid` is the older of the two documented figures. */
  subrequests: { free: 50, paid: 1_000 },
  kv: { keyBytes: 512, valueBytes: 25 * 1024 * 1024, metadataBytes: 1_024 },
  /** A key with its value in the storage of an object (of those with SQLite, which ours are). */
  objectBytes: 2_000_000,
  /** Arguments or the result of a call of an object. */
  callBytes: 32 * 1024 * 1024,
} as const

/** Bytes of a list as a value of a statement, with room for what stands around it. */
export const listBytes = 1_900_000

/** Bytes of the values of one batch: a few copies of them have to fit into an isolate. */
export const batchBytes = 4 * 1024 * 1024

/** Rows of one read where all are needed: changes that wait, of a kilobyte or two, and events, of 200 bytes. */
export const rowsPerRead = { changes: 2_000, events: 10_000 } as const

/** Characters of the operations of a Bulk that are done together, as they were sent. */
export const groupCharacters = 300_000

/** People whom changes of one team name that share a batch; each is an id of at most 64 characters. */
export const groupPeople = 5_000

/** Bytes of the ids and names of all members of a team that a filter of a PATCH compares. */
export const comparedBytes = 16 * 1024 * 1024

/** Characters of the JSON of a person whom an isolate remembers between requests, of 500. */
export const rememberedCharacters = 8_192

/** Characters of the JSON of all credentials that an isolate remembers; parsed, it has up to three times as many bytes. */
export const credentialCharacters = 4 * 1024 * 1024

/** Bytes of documents that a step of a request reads and has in memory at a time; the next step goes on. */
export const readBytes = 8 * 1024 * 1024

/**
 * People who are read without a look at what they weigh: of 64 KiB each at most, in the directory, as the
 * application sees them, and whoever has the name.
 */
export const peopleTogether = 64

/** An answer never has more bytes: an isolate makes several at a time. */
export const answerBytes = 8 * 1024 * 1024

/** Bytes of resources on one page, at most; the rest of the answer is what stands around them. */
export const pageBytes = answerBytes - 512 * 1024

/**
 * Bytes after which a page of the application ends, with the entry that reaches them: the reader of a
 * service binding has it in the same isolate.
 */
export const applicationPageBytes = 4 * 1024 * 1024

const encoder = new TextEncoder()

/** UTF-16 units up to which a text is not read twice. */
const shortUnits = 1_024

/** An upper bound for the bytes of a text in UTF-8: exact for long ones, else three for each UTF-16 unit. */
export function bytesAtMost(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length
  return text.length <= shortUnits ? 3 * text.length : encoder.encode(text).length
}
