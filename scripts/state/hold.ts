/**
 * The hold of one process on a folder of data. Two gateways on one folder would answer SQLITE_BUSY, and a
 * Durable Object would exist twice. The hold is a lock of the operating system, which SQLite takes on a file of
 * its own: it ends with the process, however that ends, and says nothing of a process that is gone.
 */
import { rmSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { err, ok, type Result } from '../../src/result.ts'
import { parse, readNumber, readText } from '../simulator/json.ts'
import { checkBelow, makeFolder, reasonOf } from './folder.ts'

export interface Hold {
  /** Notes where the data are served. */
  tell(url: string): Promise<void>
  release(): void
}

/** Who holds a folder; for people alone, since the lock decides. */
interface Holder {
  readonly pid: number
  readonly host: string
  /** ISO 8601. */
  readonly since: string
  /** Empty until it listens. */
  readonly url: string
}

/** Connections that are open: one that nobody refers to would be closed, and its lock with it. */
const held = new Set<DatabaseSync>()

/** SQLite's codes: another process has the lock; the folder or the file cannot be written to; the disk is full. */
const busy = 5
const reasons: ReadonlyMap<number, string> = new Map([
  [8, 'this user has no right to read and write there'],
  [13, 'that disk is full'],
  [14, 'this user has no right to read and write there'],
])

/**
 * Holds a folder, given as an absolute path, until `release` or the end of this process. The error is a sentence
 * for who named it.
 */
export async function holdState(directory: string): Promise<Result<Hold, string>> {
  const made = await makeFolder(directory)
  if (!made.ok) return err(unusable(directory, made.error))
  const note = join(directory, 'in-use.json')
  const locked = await lock(join(directory, 'in-use.sqlite'))
  if (!locked.ok) {
    const { error } = locked
    return err(error === busy ? await inUse(directory, note) : unusable(directory, error))
  }
  const since = new Date().toISOString()
  const tell = (url: string) =>
    write(note, { pid: process.pid, host: hostname(), since, url } satisfies Holder)
  const release = () => {
    if (!held.delete(locked.value)) return
    try {
      rmSync(note, { force: true })
    } catch {
      // The lock alone decides.
    }
    locked.value.close()
  }
  const noted = await tell('').then(ok, (error: unknown) => err(reasonOf(error)))
  const usable = noted.ok ? await checkBelow(join(directory, 'v3')) : noted
  if (usable.ok) return ok({ tell, release })
  release()
  return err(unusable(directory, usable.error))
}

/** The connection whose transaction is the lock; otherwise `busy`, or the reason why there can be none. */
async function lock(file: string): Promise<Result<DatabaseSync, string | typeof busy>> {
  const { DatabaseSync } = await import('node:sqlite')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file)
    // The file stays empty. A file that can only be read would give no lock, and no error before it is written.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; PRAGMA user_version = 1')
  } catch (error) {
    database?.close()
    const { errcode = 0, message } = error as Error & { readonly errcode?: number }
    const code = errcode % 256
    return err(code === busy ? busy : (reasons.get(code) ?? `it cannot be locked (${message})`))
  }
  held.add(database)
  return ok(database)
}

/** Whole or not at all: somebody may read it at any time. */
async function write(note: string, holder: Holder): Promise<void> {
  const draft = `${note}.${holder.pid}`
  try {
    await writeFile(draft, JSON.stringify(holder))
    await rename(draft, note)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

function unusable(directory: string, reason: string): string {
  return `The data cannot be kept in ${directory}: ${reason}. Name a folder of yours in STATE_DIR.`
}

async function inUse(directory: string, note: string): Promise<string> {
  const who = describe(await readHolder(note))
  const other = 'PORT=8788 STATE_DIR=.wrangler/second npm run dev'
  return `${directory} is in use by ${who}. Stop that one, or start this one with data of its own: ${other}`
}

function describe(holder: Holder | undefined): string {
  if (!holder) return 'another process'
  const { pid, host, since, url } = holder
  const place = host === hostname() ? '' : ` on ${host}`
  const doing = url === '' ? 'is starting' : `serves it at ${url}`
  return `process ${pid}${place}, which ${doing}, since ${since.slice(0, 19).replace('T', ' ')} UTC`
}

/** Undefined where the note is missing or none, or is that of a process that has ended. */
async function readHolder(note: string): Promise<Holder | undefined> {
  const { body } = parse(await readFile(note, 'utf8').catch(() => ''))
  const pid = readNumber(body, 'pid')
  const host = readText(body, 'host')
  const since = readText(body, 'since')
  const url = readText(body, 'url')
  if (!Number.isSafeInteger(pid) || host === undefined || since === undefined) return undefined
  if (url === undefined || (host === hostname() && !isAlive(pid))) return undefined
  return { pid, host, since, url }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
