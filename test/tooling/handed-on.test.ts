/** Options of other programs that the commands hand on to them. */
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { elsewhere, handedOn as wrangler } from '../../scripts/deploy/handed-on.ts'
import { root } from '../../scripts/root.ts'
import { handedOn as vitest, projects, readCommandLine } from '../../scripts/test/command-line.ts'
import type { Options } from '../../scripts/usage.ts'
import { bareEnvironment } from '../support/environment.ts'

describe('what is handed on', () => {
  it.each([
    [
      'wrangler deploy',
      ['wrangler/bin/wrangler.js', 'deploy', '--help'],
      { ...wrangler, ...elsewhere },
    ],
    ['Vitest', ['vitest/vitest.mjs', 'run', '--help'], vitest],
  ])(
    'is an option of %s, with a value where it has one there',
    (_, [path = '', ...more], options) => {
      const help = spawnSync(process.execPath, [join(root, 'node_modules', path), ...more], {
        cwd: root,
        encoding: 'utf8',
        env: { ...bareEnvironment, NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false' },
      }).stdout
      const lineOf = (name: string) =>
        new RegExp(`^ +(?:-\\w, )? *(?:--[\\w-]+, )*--${name}(?![\\w-]).*$`, 'm').exec(help)?.[0]
      for (const [name, { type, multiple }] of Object.entries<Options[string]>(options)) {
        const line = lineOf(name) ?? lineOf(name.replace(/^no-/, '')) ?? ''
        expect(line, name).not.toBe('')
        // Vitest writes what may have a value, or none, in brackets.
        const takesValue = /\[(?:string|number|array|choices)\b| <[^>]+> /.test(line)
        expect([name, takesValue]).toEqual([name, type === 'string'])
        if (line.includes('[array]')) expect([name, multiple]).toEqual([name, true])
      }
    },
  )
})

describe('npm test', () => {
  it('knows the projects of the configuration', async () => {
    const text = await readFile(join(root, 'vitest.config.ts'), 'utf8')
    const names = [...text.matchAll(/^ +name: '([^']+)',$/gm)].map(([, name]) => name)
    expect([...projects].sort()).toEqual(names.sort())
  })

  it.each([
    ['--project', 'WRONG', 'There is no project "WRONG": they are pure, worker, running,'],
    ['--bail', 'x', '--bail is "x"; it must be a whole number from 0 to 10000.'],
    ['--retry', '-1', '--retry is "-1"; it must be a whole number from 0 to 10000.'],
    ['--maxWorkers', '0', '--maxWorkers is "0"; it must be a whole number from 1 to 10000.'],
    ['--maxWorkers', '101%', '--maxWorkers is "101%"; it must be a whole number'],
    ['--shard', '9', '--shard is "9"; it must be one of several, such as 1/3.'],
    ['--shard', '3/2', '--shard is "3/2"; it must be one of several, such as 1/3.'],
  ])('refuses %s %s before the checks', (option, value, sentence) => {
    const read = readCommandLine(['--project', 'pure', option, value])
    expect(read).toEqual({ ok: false, error: expect.stringContaining(sentence) })
  })

  it('hands on what Vitest takes, words first', () => {
    const given = ['-p', 'several databases', '--shard', '2/2', '--maxWorkers', '50%', 'x']
    const value = ['x', '--project=several databases', '--shard=2/2', '--maxWorkers=50%']
    expect(readCommandLine([...given, '--bail=1'])).toEqual({
      ok: true,
      value: [...value, '--bail=1'],
    })
  })
})
