/** What is written down of a failure that nobody foresaw. */

/** The message may hold a person's data: the log gets the place, the client the request's id. */
export function logFailure(message: string, requestId: string, error: Error): void {
  console.error(
    JSON.stringify({
      message,
      requestId,
      error: error.name,
      stack: error.stack?.split('\n').slice(1, 6),
    }),
  )
}
