/** The command line of the commands: `--help` says what it takes, and what it does not take ends it. */
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { findKept } from '../../scripts/usage/npm.ts'
import { readNumber } from '../../scripts/usage/numbers.ts'
import { parseOptions } from '../../scripts/usage.ts'
import { bareEnvironment } from '../support/environment.ts'

const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

/** Each command of this repository's own, with its file. */
const commands = Object.entries<string>(scripts).flatMap(([name, line]) => {
  const [, file] = / (scripts\/[\w-]+\.ts)$/.exec(line) ?? []
  return file === undefined ? [] : [[name, file] as const]
})

/**
 * Scripts that hand their command line to a reader of their own, which is tested by itself; all of them use the
 * one definition. The gateway that is killed is no command.
 */
const others = ['crash/server.ts', 'deploy.ts', 'prove.ts', 'test.ts', 'usage.ts']

/** What the command of a name is typed as. */
const typed = (name: string) => (name === 'test' ? 'npm test' : `npm run ${name}`)

interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** A command that begins its work instead is stopped, and has no exit code. */
function ask(
  file: string,
  options: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, file), ...options], {
    cwd: root,
    // A gateway that starts after all does so on a free port.
    env: { ...bareEnvironment, NO_COLOR: '1', PORT: '0', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = { output: '', errors: '' }
  child.stdout.on('data', (chunk) => {
    ended.output += String(chunk)
    if (!/^(npm|node) /.test(ended.output)) child.kill('SIGKILL')
  })
  child.stderr.on('data', (chunk) => (ended.errors += String(chunk)))
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...ended, code })))
}

describe('a command', () => {
  it('is one of many', () => {
    expect(commands.length).toBeGreaterThan(15)
  })

  it.each(commands)('%s says with --help what it takes, and does nothing', async (name, file) => {
    // The readers are one: -h, and what is beside it, need no command of their own.
    const options = name === 'test' || name === 'deploy' ? ['--no-such-option', '-h'] : ['--help']
    const { code, output, errors } = await ask(file, options)
    expect(output).toMatch(new RegExp(`^${typed(name)}\\b[^]*\\n  --help, -h  +this text$`, 'm'))
    expect(errors).toBe('')
    expect(code).toBe(0)
  })

  it('has its options read, or refused, by one definition', async () => {
    const folder = join(root, 'scripts')
    const files = (await readdir(folder, { recursive: true })).filter((name) =>
      name.endsWith('.ts'),
    )
    const texts = await Promise.all(
      files.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
    )
    const readers = texts.filter(([, text]) => /process\.argv\b(?!\[1\])|parseArgs/.test(text))
    expect(readers.map(([name]) => name).sort()).toEqual(others)
    for (const [, file] of commands) {
      const text = await readFile(join(root, file), 'utf8')
      expect([file, /from '\.\/usage\.ts'/.test(text)]).toEqual([file, true])
    }
  })

  it.each([
    ['crash', ['--no-such-option'], "Unknown option '--no-such-option'."],
    ['fuzz', ['-x'], "Unknown option '-x'."],
    ['load', ['--seconds', '5'], "Unknown option '--seconds'."],
    ['dev', ['--wach'], "Unknown option '--wach'. Did you mean --watch?"],
    ['errors', ['--chek'], "Unknown option '--chek'. Did you mean --check?"],
    ['prove', ['rfc', '--tokn', 'x'], "Unknown option '--tokn'. Did you mean --token?"],
    ['deploy', ['--dryrun'], "Unknown option '--dryrun'. Did you mean --dry-run?"],
    ['deploy', ['--yes', '--keepVars'], "Unknown option '--keepVars'. Did you mean --keep-vars?"],
    ['test', ['--projct=pure'], "Unknown option '--projct'. Did you mean --project?"],
    ['fuzz', ['--minutes='], '--minutes needs a value.'],
    ['fuzz', ['--minutes', '1', '--minutes=2'], '--minutes is given twice.'],
    ['fuzz', ['60'], "Unexpected argument '60'."],
    ['dev', ['--watch=yes'], "Option '--watch' does not take an argument."],
    ['bench', ['../other'], 'There is no place for "../other".'],
    ['bench', ['--peers', '--footprint'], 'Choose one of --against, --footprint and --peers.'],
    [
      'bench',
      ['--against', 'docs'],
      'docs is no checkout with its packages installed: there is no wrangler.toml in it.',
    ],
    ['simulate', ['google'], 'Name one provider: onelogin, okta or entra.'],
    ['deploy', ['--jurisdiction', 'mars'], '--jurisdiction is one of eu, fedramp, us.'],
    [
      'prove',
      ['rfc', '--url', 'http://127.0.0.1:1', '--token', 'x', '--suite', 'no-such-file'],
      '--suite no-such-file cannot be read.',
    ],
    [
      'prove',
      ['rfc', '--url', 'http://127.0.0.1:1', '--token', 'x', '--json', 'no-such-folder/x'],
      '--json no-such-folder/x cannot be written.',
    ],
  ])('%s refuses %j', async (name, options, sentence) => {
    expect(await refusalOf(name, options)).toBe(sentence)
  })

  it.each([
    ['crash', 'rounds', 'a whole number from 1 to 10000'],
    ['crash', 'clients', 'a whole number from 1 to 1000'],
    ['crash', 'changes', 'a whole number from 1 to 100000'],
    ['fuzz', 'minutes', 'a number from 0.1 to 10080'],
    ['load', 'minutes', 'a number from 0.1 to 10080'],
    ['load', 'clients', 'a whole number from 1 to 1000'],
    ['load', 'people', 'a whole number from 1 to 1000000'],
    ['simulate', 'people', 'a whole number from 1 to 100000'],
    ['simulate', 'timeout', 'a whole number from 1 to 3600'],
  ])('%s refuses as --%s what is not %s', async (name, option, range) => {
    const target = ['okta', '--url', 'http://127.0.0.1:1', '--token', 'x']
    const rest = name === 'simulate' ? target : []
    const sentence = `--${option} is "0"; it must be ${range}.`
    expect(await refusalOf(name, [...rest, `--${option}`, '0'])).toBe(sentence)
  })

  it.each([
    ['bench', 'CLIENTS', 'a whole number from 1 to 1000'],
    ['bench', 'SECONDS', 'a number from 0.1 to 3600'],
    ['bench', 'ROUNDS', 'a whole number from 1 to 1000'],
    ['first-sync', 'USERS', 'a whole number from 1 to 10000000'],
    ['first-sync', 'TEAMS', 'a whole number from 1 to 100000'],
    ['first-sync', 'CLIENTS', 'a whole number from 1 to 1000'],
    ['scale', 'SIZE', 'a whole number from 1000 to 10000000'],
    ['scale', 'RUNS', 'a whole number from 0 to 10000'],
    ['scale', 'ROUNDS', 'a whole number from 1 to 1000'],
  ])('%s refuses as %s what is not %s', async (name, variable, range) => {
    const sentence = `${variable} is "-1"; it must be ${range}.`
    expect(await refusalOf(name, [], { [variable]: '-1' })).toBe(sentence)
  })

  it.each([
    ['deploy', [], { npm_config_dry_run: 'true' }, 'dry-run'],
    ['deploy', ['--yes'], { npm_config_jurisdiction: 'eu' }, 'jurisdiction'],
    ['deploy', ['acme'], { npm_config_env: 'true' }, 'env'],
    ['simulate', ['okta', 'http://x'], { npm_config_url: 'true' }, 'url'],
    ['dev', [], { npm_config_limits: 'true', npm_config_watch: '' }, 'limits'],
    ['test', [], { npm_config_project: 'pure' }, 'project'],
  ])('%s %j without the option that npm kept is refused: %j', async (name, words, kept, option) => {
    expect(await refusalOf(name, words, kept)).toBe(
      `npm has kept --${option} for itself: what the command is to have comes after "--".`,
    )
  })

  it('that fills a database of a release says with --help what it takes, and refuses the rest', async () => {
    const file = 'scripts/released.ts'
    const told = await ask(file, ['--help'])
    expect(told).toMatchObject({ code: 0, errors: '' })
    expect(told.output).toMatch(/^node scripts\/released\.ts CHECKOUT VERSION\n/)
    for (const words of [[], ['.'], ['.', '../x'], ['docs', '0.2.0'], ['.', '0.2.0', 'x']]) {
      const { code, output, errors } = await ask(file, words)
      expect({ code, output }).toEqual({ code: 2, output: '' })
      expect(errors).toMatch(/ node scripts\/released\.ts --help says what it takes\.\n$/)
    }
  })
})

describe('a command', () => {
  it('that finds no room for its files says so in a sentence', async () => {
    const folder = join(root, 'no-such-folder')
    const { code, errors } = await ask('scripts/crash.ts', [], { TMPDIR: folder })
    expect(code).toBe(1)
    expect(errors).toMatch(
      /^ENOENT: no such file or directory, mkdtemp '.+'\. Look whether it is there, .* disk\.\n$/,
    )
  })

  it('whose reader has gone ends like any program of the system', async () => {
    const end = `import { endPlainly } from './scripts/usage/plain-end.ts'
      endPlainly()
      process.stdin.once('end', () => console.log('nobody reads this')).resume()`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', end], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let errors = ''
    child.stderr.on('data', (chunk) => (errors += String(chunk)))
    child.stdout.destroy()
    child.stdin.end()
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect({ code, errors }).toEqual({ code: 141, errors: '' })
  })
})

describe('an option', () => {
  const known = {
    rounds: { type: 'string' },
    'dry-run': { type: 'boolean', short: 'n' },
    var: { type: 'string', multiple: true },
  } as const
  const read = (...given: readonly string[]) => parseOptions(given, known, true)

  it.each([
    [['--rounds'], '--rounds needs a value.'],
    [['--rounds', ''], '--rounds needs a value.'],
    [
      ['--rounds', '-n'],
      '--rounds needs a value; one that begins with "-" is written --rounds=VALUE.',
    ],
    [['--rounds', '1', '--rounds=1'], '--rounds is given twice.'],
    [['-n=1'], "Unknown option '-='."],
    [['--constructor'], "Unknown option '--constructor'."],
    [['--dry_run'], "Unknown option '--dry_run'. Did you mean --dry-run?"],
    [['--dr-run'], "Unknown option '--dr-run'. Did you mean --dry-run?"],
    [['--round', '3'], "Unknown option '--round'. Did you mean --rounds?"],
    [['--no-dry-run'], "Unknown option '--no-dry-run'. Did you mean --dry-run?"],
    [['--colour'], "Unknown option '--colour'."],
  ])('in %j is refused', (given, error) => {
    expect(read(...given)).toEqual({ ok: false, error })
  })

  it('is not missed where npm has a setting of its name, or the command was given it as well', () => {
    const environment = { npm_config_json: 'true', npm_config_rounds: 'false', npm_config_var: '' }
    expect(findKept(['json', 'rounds', 'var'], new Set(), environment)).toBe(undefined)
    const both = { npm_config_dry_run: 'true' }
    expect(findKept(['dry-run'], new Set(['dry-run']), both)).toBe(undefined)
    expect(findKept(['dry-run'], new Set(['rounds']), both)).toBe('dry-run')
  })

  it('is read with its value, however that is written, and words beside it', () => {
    const { value } = read(
      'a',
      '--rounds',
      '-1',
      '-n',
      '--var=A:1',
      '--var',
      'B:2',
      '--',
      '-b',
    ) as any
    expect(value.positionals).toEqual(['a', '-b'])
    expect(value.values).toEqual({ rounds: '-1', 'dry-run': true, var: ['A:1', 'B:2'] })
    expect(value.inOrder.map(([, text]: [string, string]) => text)).toEqual([
      '--rounds=-1',
      '--dry-run',
      '--var=A:1',
      '--var=B:2',
    ])
  })
})

describe('a number', () => {
  const whole = { least: 1, most: 1_000 }
  const fraction = { least: 0.1, most: 60, isFraction: true }

  it.each([
    ['1', whole, 1],
    ['1000', whole, 1_000],
    ['007', whole, 7],
    ['0.5', fraction, 0.5],
    ['60', fraction, 60],
  ])('may be %s', (text, range, number) => {
    expect(readNumber('N', text, range)).toEqual({ ok: true, value: number })
  })

  it.each(['0', '-1', '1001', '1.5', '1e2', '0x10', 'ten', '', ' 5', '5 ', '٣', '9'.repeat(99)])(
    'of things is not %j',
    (text) => {
      const error = `N is ${JSON.stringify(text)}; it must be a whole number from 1 to 1000.`
      expect(readNumber('N', text, whole)).toEqual({ ok: false, error })
    },
  )

  it.each(['0', '0.05', '60.1', '-1', '.5', '1.', '1,5', 'NaN', 'Infinity'])(
    'of minutes is not %j',
    (text) => {
      const error = `N is ${JSON.stringify(text)}; it must be a number from 0.1 to 60.`
      expect(readNumber('N', text, fraction)).toEqual({ ok: false, error })
    },
  )
})

/** The sentence of a command that does nothing but refuse. */
async function refusalOf(
  name: string,
  options: readonly string[],
  variables?: Readonly<Record<string, string>>,
): Promise<string> {
  const [, file = ''] = commands.find(([one]) => one === name) ?? []
  const { code, output, errors } = await ask(file, options, variables)
  expect({ code, output }).toEqual({ code: 2, output: '' })
  const [sentence = '', rest] = errors.split(` ${typed(name)} -- --help`)
  expect(rest).toBe(' says what it takes.\n')
  return sentence
}
