/** Folder for the temporary files of a run of tests. */
import { constants, rmSync } from 'node:fs'
import { access, mkdtemp, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Linux keeps files there in memory: a commit of SQLite waits for no disk. */
const memory = '/dev/shm'

/** Bytes that have to be free there: a run of all tests needs a fraction of it. */
const enough = 2 ** 30

/**
 * A new folder, in memory where the system has room for it. A process that is killed loses nothing
 * there that it would keep on a disk. The folder goes when this process ends.
 */
export async function makeScratch(): Promise<string> {
  const parent = (await bytesFree(memory)) < enough ? tmpdir() : memory
  const folder = await mkdtemp(join(parent, 'rollcall-test-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(1))
  }
  return folder
}

/** None where there is no such folder, or where it can't be written to. */
async function bytesFree(folder: string): Promise<number> {
  try {
    await access(folder, constants.W_OK)
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch {
    return 0
  }
}
