/** How commands say how far they are: on a terminal, in a log, and never in what programs read. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { howFar, Progress } from '../scripts/progress.ts'
import { root } from '../scripts/root.ts'

/** A terminal, or a log without one, that keeps what is written; and a clock that is set by hand. */
function scene(terminal: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
  const written: string[] = []
  const clock = { now: 0 }
  const output = { ...terminal, write: (text: string) => written.push(text) }
  return { written, clock, progress: new Progress(output, () => clock.now) }
}

const erase = '\r\u001B[2K'

describe('progress on a terminal', () => {
  it('is one line that changes, and is taken away before anything else', () => {
    const { written, progress } = scene({ isTTY: true })
    progress.tell('1 of 3')
    progress.tell('2 of 3')
    progress.clear()
    progress.clear()
    expect(written).toEqual([`${erase}1 of 3`, `${erase}2 of 3`, erase])
  })

  it('never breaks its line', () => {
    const { written, progress } = scene({ isTTY: true, columns: 10 })
    progress.tell('0123456789abc')
    expect(written).toEqual([`${erase}012345678`])
    const unknown = scene({ isTTY: true, columns: 0 })
    unknown.progress.tell('whole')
    expect(unknown.written).toEqual([`${erase}whole`])
  })

  it('leaves a note where the line was', () => {
    const { written, progress } = scene({ isTTY: true })
    progress.tell('reading')
    progress.note('read 5')
    expect(written.join('')).toBe(`${erase}reading${erase}read 5\n`)
  })

  it('follows a piece of work to its end, and takes the line away when it fails', async () => {
    const { written, progress } = scene({ isTTY: true })
    await expect(progress.follow(() => '', Promise.resolve(5))).resolves.toBe(5)
    progress.tell('waiting')
    await expect(progress.follow(() => '', Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(written.at(-1)).toBe(erase)
  })
})

describe('progress without a terminal', () => {
  it('is a plain line once in ten seconds, and nothing for what is quick', () => {
    const { written, clock, progress } = scene()
    for (clock.now = 0; clock.now <= 25_000; clock.now += 500) progress.tell(`at ${clock.now}`)
    progress.clear()
    expect(written).toEqual(['at 10000\n', 'at 20000\n'])
  })
})

describe('the way that is done', () => {
  it.each([
    [0, 10, 5_000, '0 of 10'],
    [3, 10, 0, '3 of 10'],
    [300, 1_000, 12_000, '300 of 1,000, 25/s, about 28 s to go'],
    [1, 100, 4_000, '1 of 100, 0.3/s, about 7 min to go'],
    [10, 10, 2_000, '10 of 10, 5.0/s'],
  ])('is told by what was seen alone: %d of %d after %d ms', (done, total, elapsed, text) => {
    expect(howFar(done, total, elapsed)).toBe(text)
  })
})

it.each([
  'simulate',
  'deploy',
  'first-sync',
  'prove',
  'scale',
  'load',
  'interop',
  'bench',
  'crash',
])('npm run %s says how far it is, by the one module', async (name) => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const [file = ''] = /scripts\/[\w-]+\.ts$/.exec(scripts[name]) ?? []
  expect(await readFile(join(root, file), 'utf8')).toMatch(/new Progress\(\)/)
})

it('nothing else in the commands moves the cursor', async () => {
  const files = await readdir(join(root, 'scripts'), { recursive: true })
  for (const file of files.filter((name) => name.endsWith('.ts') && name !== 'progress.ts')) {
    expect(await readFile(join(root, 'scripts', file), 'utf8'), file).not.toContain('u001B[2K')
  }
})

it('standard output holds nothing of it', async () => {
  const module = join(root, 'scripts', 'progress.ts')
  const program = `
    import { Progress } from ${JSON.stringify(module)}
    const progress = new Progress()
    progress.tell('halfway')
    progress.note('done')
    console.log(JSON.stringify({ is: 'whole' }))`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    program,
  ])
  expect(JSON.parse(stdout)).toEqual({ is: 'whole' })
  expect(stderr).toBe('done\n')
})
