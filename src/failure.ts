/** The log of unexpected failures. */

/**
 * Writes the name and the place of an error to the log, without its message, because that may hold
 * a person's data. The client gets the id of the request.
 */
export function logFailure(message: string, requestId: string | undefined, error: unknown): void {
  const { name, stack } = error instanceof Error ? error : new Error('Not an error')
  console.error(
    JSON.stringify({
      message,
      requestId,
      error: name,
      stack: stack?.split('\n').slice(1, 6),
    }),
  )
}
