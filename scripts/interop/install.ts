/** Installs the packages of a client in a folder of its own, and says how its script is started. */
import { spawn } from 'node:child_process'
import { copyFile, readdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { root } from '../root.ts'

export type Install =
  | {
      readonly kind: 'python' | 'go' | 'node'
      readonly packages: readonly string[]
      readonly files: Files
    }
  | Java

interface Java {
  readonly kind: 'java'
  /** `group:artifact:version` each, with `:alone` without what it says that it needs. */
  readonly packages: readonly string[]
  /** Copied as they are into the folder `beside`: `group:artifact:version:type:classifier`. */
  readonly beside?: readonly string[]
  readonly files: Files
  /** Least version of Java; 17 without it. */
  readonly release?: number
}

/** Files of `interop/`; the first one is started. */
export type Files = readonly [string, ...string[]]

export interface Command {
  readonly program: string
  readonly parameters: readonly string[]
  /** The Java that the program is to use. */
  readonly home?: string
}

/** What this machine cannot do, or a registry does not give, in a sentence. */
export class Missing extends Error {}

/** The command that runs the client, in the folder where everything is installed. */
export async function install(client: Install, folder: string): Promise<Command> {
  for (const file of client.files) await copyFile(join(root, 'interop', file), join(folder, file))
  switch (client.kind) {
    case 'python':
      return installPython(client.packages, client.files[0], folder)
    case 'java':
      return installJava(client, folder)
    case 'go':
      return installGo(client.packages, folder)
    case 'node':
      return installNode(client.packages, client.files[0], folder)
  }
}

async function installPython(packages: readonly string[], file: string, folder: string) {
  const environment = join(folder, 'venv')
  await run({ program: 'python3', parameters: ['-m', 'venv', environment] }, folder)
  const program = join(environment, 'bin', 'python')
  await bring({ program, parameters: ['-m', 'pip', 'install', '-q', ...packages] }, folder)
  return { program, parameters: [file] }
}

async function installJava(client: Java, folder: string): Promise<Command> {
  const { packages, files, beside = [], release = 17 } = client
  const home = await findJava(release)
  await writeFile(join(folder, 'pom.xml'), projectOf(packages))
  const goal = ['dependency:copy-dependencies', '-DoutputDirectory=lib']
  await bring({ program: 'mvn', parameters: ['-q', '-B', ...goal] }, folder)
  for (const artifact of beside) {
    const copy = ['dependency:copy', `-Dartifact=${artifact}`, '-DoutputDirectory=beside']
    await bring({ program: 'mvn', parameters: ['-q', '-B', ...copy] }, folder)
  }
  if (files[0].endsWith('.mjs')) return { program: process.execPath, parameters: [files[0]], home }
  const path = ['classes', 'lib/*'].join(delimiter)
  const sources = files.filter((file) => file.endsWith('.java'))
  const compile = ['-nowarn', '-d', 'classes', '-cp', path, ...sources]
  await run({ program: join(home, 'bin', 'javac'), parameters: compile }, folder)
  const main = files[0].replace('.java', '')
  return { program: join(home, 'bin', 'java'), parameters: ['-cp', path, main] }
}

function projectOf(packages: readonly string[]): string {
  const dependencies = packages.map((name) => {
    const [group, artifact, version, isAlone] = name.split(':')
    const without = '<exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>'
    const exclusions = isAlone === 'alone' ? `<exclusions>${without}</exclusions>` : ''
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>
      <version>${version}</version>${exclusions}</dependency>`
  })
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
    <groupId>interop</groupId><artifactId>interop</artifactId><version>1</version>
    <dependencies>${dependencies.join('\n')}</dependencies></project>\n`
}

/** Where a Java of at least this version is: the one of JAVA_HOME, of the path, or beside it. */
async function findJava(release: number): Promise<string> {
  const beside = '/usr/lib/jvm'
  const installed: string[] = await readdir(beside).catch(() => [])
  const homes = [
    process.env['JAVA_HOME'] ?? '',
    ...installed.toSorted().map((name) => join(beside, name)),
  ]
  for (const home of homes.filter((text) => text !== '')) {
    const program = join(home, 'bin', 'javac')
    const version = await run({ program, parameters: ['--version'] }, '.').catch(() => '')
    const [, found = '0'] = /^javac (\d+)/m.exec(version) ?? []
    if (Number(found) >= release) return home
  }
  throw new Missing(`It needs a JDK of version ${release} or newer.`)
}

async function installGo(packages: readonly string[], folder: string): Promise<Command> {
  await run({ program: 'go', parameters: ['mod', 'init', 'interop'] }, folder)
  for (const name of packages) await bring({ program: 'go', parameters: ['get', name] }, folder)
  await bring({ program: 'go', parameters: ['mod', 'tidy'] }, folder)
  await run({ program: 'go', parameters: ['build', '-o', 'client', '.'] }, folder)
  return { program: join(folder, 'client'), parameters: [] }
}

async function installNode(packages: readonly string[], file: string, folder: string) {
  await writeFile(join(folder, 'package.json'), '{"private": true, "type": "module"}\n')
  const quiet = ['--no-audit', '--no-fund', '--silent']
  await bring({ program: 'npm', parameters: ['install', ...quiet, ...packages] }, folder)
  return { program: process.execPath, parameters: [file] }
}

/** Runs a command that brings packages: what no registry gives here is no fault of the gateway. */
async function bring(command: Command, folder: string): Promise<void> {
  try {
    await run(command, folder)
  } catch (error) {
    if (error instanceof Missing || !(error instanceof Error)) throw error
    throw new Missing(`Its packages could not be installed. ${error.message}`)
  }
}

/** Runs a command and answers what it printed; an error has the end of that. */
export async function run(
  { program, parameters, home }: Command,
  folder: string,
  environment: Readonly<Record<string, string>> = {},
  onLine: (line: string) => void = () => undefined,
): Promise<string> {
  const child = spawn(program, parameters, {
    cwd: folder,
    env: { ...process.env, ...environment, ...(home === undefined ? {} : { JAVA_HOME: home }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Whoever ends this ends what it has started, too.
  const end = () => child.kill()
  process.once('exit', end)
  child.once('close', () => process.off('exit', end))
  let output = ''
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', () => reject(new Missing(`It needs ${program}.`)))
    child.once('close', resolve)
  })
  if (rest !== '') onLine(rest)
  if (code === 0) return output
  throw new Error(`${program} ${parameters[0] ?? ''} ended with ${code}:\n${output.slice(-3_000)}`)
}
