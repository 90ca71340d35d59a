/** The log of unexpected failures. */

/**
 * Writes the name and the place of an error to the log, without its message, because that may hold
 * a person's data. The client gets the id of the request.
 */
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
