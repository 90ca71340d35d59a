/** The end of a command that the system does not let go on: a sentence in place of a stack, which is for bugs. */

/** What a shell says of a command whose reader is gone (128 and SIGPIPE). */
const readerIsGone = 141

let isSet = false

export function endPlainly(): void {
  if (isSet) return
  isSet = true
  // `npm run … | head` has read what it wants.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? readerIsGone : 1)
    })
  }
  process.on('uncaughtException', (error: unknown) => {
    console.error(sentenceOf(error) ?? error)
    process.exit(1)
  })
}

/** What the system refuses: there is no such folder, no right, no room. Undefined for a bug. */
function sentenceOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('path' in error)) return undefined
  return `${error.message}. Look whether it is there, may be written to, and has room on its disk.`
}
