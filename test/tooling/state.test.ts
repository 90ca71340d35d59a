/** The folder of the data of `npm run dev`: one process holds it, and one that is of no use is told in a sentence. */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { readSecrets } from '../../scripts/secrets.ts'
import { holdState, type Hold } from '../../scripts/state/hold.ts'
import { freePort, killGroup, spawnDev } from '../support/server.ts'

let folder: string
let directory: string

const held: Hold[] = []
const started: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-state-'))
  directory = join(folder, 'state')
})

afterEach(async () => {
  for (const hold of held.splice(0)) hold.release()
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) await killGroup(child)
  }
  await rm(folder, { recursive: true, force: true })
})

/** The hold, or the sentence of the refusal. */
async function holdOf(path = directory): Promise<Hold | string> {
  const hold = await holdState(path)
  if (!hold.ok) return hold.error
  held.push(hold.value)
  return hold.value
}

/** A process that holds the folder until it is killed; nothing in it refers to the hold. */
async function holdElsewhere(): Promise<ChildProcess> {
  const program = `
    import { holdState } from './scripts/state/hold.ts'
    const said = await holdState(process.argv[1]).then((hold) => (hold.ok ? 'held' : hold.error))
    await globalThis.gc({ execution: 'async', type: 'major' })
    console.log(said)
    setInterval(() => undefined, 60_000)`
  const options = ['--expose-gc', '--input-type=module', '--eval', program, directory]
  const child = spawn(process.execPath, options, {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.push(child)
  const said = await new Promise<string>((resolve) =>
    child.stdout.once('data', (chunk) => resolve(String(chunk))),
  )
  expect(said).toBe('held\n')
  return child
}

const isRoot = process.getuid?.() === 0

const remedy =
  'Stop that one, or start this one with data of its own: PORT=8788 STATE_DIR=.wrangler/second npm run dev'

describe('npm run dev', () => {
  it('refuses data that another one serves, and takes them at once when that one was killed', async () => {
    const port = await freePort()
    const first = await spawnDev({ stateDirectory: directory, port })
    started.push(first.child)
    await expect.poll(first.output).toContain('Ctrl-C')
    const second = await runDev({ STATE_DIR: directory, PORT: String(await freePort()) })
    expect(second).toEqual({
      code: 1,
      output: expect.stringMatching(
        new RegExp(
          `^${directory} is in use by process ${first.child.pid}, which serves it at http://127\\.0\\.0\\.1:${port}, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC\\. ${remedy}\n$`,
        ),
      ),
    })
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    await killGroup(first.child)
    expect(await holdOf()).toBeTypeOf('object')
  })

  it.runIf(process.platform === 'linux')(
    'ends for a folder that nobody can make, in a sentence',
    async () => {
      const reason = 'no folder can be made there. Name a folder of yours in STATE_DIR.'
      expect(await runDev({ STATE_DIR: '/proc/x/y' })).toEqual({
        code: 1,
        output: `The data cannot be kept in /proc/x/y: ${reason}\n`,
      })
    },
  )

  it('ends for data that are damaged, and says where they are', async () => {
    await mkdir(join(directory, 'v3'), { recursive: true })
    await writeFile(join(directory, 'v3', 'd1'), 'no folder')
    const { code, output } = await runDev({ STATE_DIR: directory })
    expect(code).toBe(1)
    expect(output).toMatch(
      /^The gateway does not start: EEXIST.* move \S+state away, or name .*\n$/,
    )
  })
})

describe('the hold on a folder', () => {
  it('is that of one process, until it gives it up', async () => {
    const hold = await holdOf()
    expect(await holdOf()).toContain(
      `is in use by process ${process.pid}, which is starting, since`,
    )
    if (typeof hold === 'string') throw new Error(hold)
    await hold.tell('http://127.0.0.1:1')
    expect(await holdOf()).toContain('which serves it at http://127.0.0.1:1, since')
    hold.release()
    expect(await readdir(directory)).toEqual(['in-use.sqlite'])
    expect(await holdOf()).toBeTypeOf('object')
  })

  it('ends with a process that is killed, whoever has its number later', async () => {
    const child = await holdElsewhere()
    expect(await holdOf()).toContain(`is in use by process ${child.pid}, which is starting`)
    await killGroup(child)
    const note = { pid: process.pid, host: hostname(), since: '', url: '' }
    await writeFile(join(directory, 'in-use.json'), JSON.stringify(note))
    expect(await holdOf()).toBeTypeOf('object')
  })

  it.each([
    ['the note of a process that has ended', { pid: 2 ** 22 + 1, host: hostname() }],
    ['a note that is none', 'x'],
  ])('is told without its holder where the folder has %s', async (_, note) => {
    await holdElsewhere()
    await writeFile(join(directory, 'in-use.json'), JSON.stringify(note))
    expect(await holdOf()).toBe(`${directory} is in use by another process. ${remedy}`)
  })

  it.each<readonly [string, string, () => Promise<unknown>]>([
    ['it is a file and no folder', '', () => writeFile(directory, '')],
    ['a part of the path is a file and no folder', '/below', () => writeFile(directory, '')],
    ['its links go round in a circle', '', () => symlink(directory, directory)],
    ['the path is too long', `/${'x'.repeat(300)}`, () => mkdir(directory)],
    [
      'a folder is in the place of a file',
      '',
      () => mkdir(join(directory, 'in-use.json'), { recursive: true }),
    ],
    [
      'it cannot be locked (file is not a database)',
      '',
      async () => {
        await mkdir(directory)
        await writeFile(join(directory, 'in-use.sqlite'), 'x'.repeat(5_000))
      },
    ],
  ])('is refused where %s', async (reason, below, prepare) => {
    await prepare()
    const path = `${directory}${below}`
    const told = `The data cannot be kept in ${path}: ${reason}. Name a folder of yours in STATE_DIR.`
    expect(await holdOf(path)).toBe(told)
  })

  it('is refused where the user may not write: the folder, its lock, or the data', async () => {
    // A folder that everybody reaches: the one of a run of tests is for its user alone.
    const open = await mkdtemp('/tmp/rollcall-state-')
    const right = 'this user has no right to read and write there'
    try {
      await chmod(open, 0o777)
      const [lock, data] = [join(open, 'in-use.sqlite'), join(open, 'v3')]
      await writeFile(lock, '', { mode: 0o444 })
      expect(await asNobody(() => holdOf(open))).toContain(`in ${open}: ${right}.`)
      await rm(lock)
      await mkdir(data)
      await writeFile(join(data, 'x.sqlite'), '', { mode: 0o444 })
      // The system answers for the user who started the process, and everything is allowed to root.
      if (!isRoot) expect(await holdOf(open)).toContain(`${join(data, 'x.sqlite')}: ${right}.`)
      await chmod(open, 0o555)
      expect(await asNobody(() => holdOf(open))).toContain(`in ${open}: ${right}.`)
      expect(await asNobody(() => holdOf(join(open, 'new')))).toContain(`new: ${right}.`)
    } finally {
      await chmod(open, 0o700)
      await rm(open, { recursive: true, force: true })
    }
  })
})

it.each([
  ['it is no JSON', () => writeFile(join(directory, 'secrets.json'), '{oops')],
  ['a folder is in the place of a file', () => mkdir(join(directory, 'secrets.json'))],
])('kept secrets that cannot be read are told by their file: %s', async (reason, prepare) => {
  await mkdir(directory)
  await prepare()
  const told = `secrets.json cannot be read: ${reason}. Remove it, and new secrets are made`
  await expect(readSecrets(directory, 'demo')).rejects.toThrow(told)
})

/** What another user sees: nothing is forbidden to root. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (isRoot) process.seteuid?.(65_534)
  try {
    return await work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

async function runDev(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['scripts/dev.ts'], {
    cwd: root,
    env: { ...process.env, PORT: '0', BUILD_DIR: inject('buildDirectory'), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
