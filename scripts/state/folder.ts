/** A folder that somebody has named: made where it is missing, or a sentence about why it cannot be. */
import { access, constants, mkdir, readdir, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { err, ok, type Result } from '../../src/result.ts'

/** MiB that have to be free: a built Worker and an empty database need a part of them. */
const least = 32

/**
 * Makes a folder that can be written to, given as an absolute path, and those above it. `mkdir` with `recursive`
 * never returns below a folder that says ENOENT although it is there, as /proc does.
 */
export async function makeFolder(path: string): Promise<Result<void, string>> {
  try {
    const missing: string[] = []
    for (let above = path; !(await isThere(above)); above = dirname(above)) missing.push(above)
    for (const folder of missing.toReversed()) await makeOne(folder)
    if (!(await stat(path)).isDirectory()) return err('it is a file and no folder')
    await access(path, constants.W_OK)
    const { bavail, bsize, blocks } = await statfs(path)
    const free = Math.floor((bavail * bsize) / 2 ** 20)
    // A file system that counts nothing has no blocks.
    if (blocks > 0 && free < least) {
      return err(`its disk has ${free} MiB left, and ${least} are needed`)
    }
    return ok(undefined)
  } catch (error) {
    return err(reasonOf(error))
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && dirname(path) !== path) return false
      throw error
    },
  )
}

/** Another process may make it in the same moment. */
async function makeOne(folder: string): Promise<void> {
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/**
 * The first of the folders below one, and of the databases in them, that cannot be written to, and why: another
 * user may have made it.
 */
export async function checkBelow(folder: string): Promise<Result<void, string>> {
  let path = folder
  try {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isDirectory() && !/\.sqlite(-\w+)?$/.test(entry.name)) continue
      path = join(entry.parentPath, entry.name)
      await access(path, constants.W_OK)
    }
  } catch (error) {
    const isMissing = path === folder && (error as NodeJS.ErrnoException).code === 'ENOENT'
    return isMissing ? ok(undefined) : err(`${path}: ${reasonOf(error)}`)
  }
  return ok(undefined)
}

/** What the system says, in words of a person. */
const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'this user has no right to read and write there'],
  ['EPERM', 'this user has no right to read and write there'],
  ['EROFS', 'that disk can only be read'],
  ['ENOSPC', 'that disk is full'],
  ['EDQUOT', 'that disk is full'],
  ['ENOTDIR', 'a part of the path is a file and no folder'],
  ['EISDIR', 'a folder is in the place of a file'],
  ['ENOENT', 'no folder can be made there'],
  ['ENAMETOOLONG', 'the path is too long'],
  ['ELOOP', 'its links go round in a circle'],
])

/** Why a call of the file system did not succeed, without a full stop. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return reasons.get((error as NodeJS.ErrnoException).code ?? '') ?? error.message
}
