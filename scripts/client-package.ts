/**
 * Builds the npm package of the client: JavaScript and types of `src/client` in `packages/client/dist`,
 * without a package beside it. `npm pack` in that folder calls it.
 */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printTypes } from './client/types.ts'
import { namedSchemas } from './openapi/schemas.ts'
import { root } from './root.ts'
import { readCommandLine } from './usage.ts'

readCommandLine(
  'npm run build:client\n\nBuilds the npm package of the client in packages/client/dist.',
  {},
)

const { applicationErrors } = await import('../src/application/error.ts')

const source = join(root, 'src', 'client')
const target = join(root, 'packages', 'client', 'dist')
const work = await mkdtemp(join(tmpdir(), 'rollcall-client-'))

try {
  for (const name of await readdir(source)) {
    const text = await readFile(join(source, name), 'utf8')
    await writeFile(join(work, name), text.replaceAll(/'\.\.\/[\w/-]+'/g, "'./wire.ts'"))
  }
  const codes = Object.keys(applicationErrors).map((code) => JSON.stringify(code))
  const wire = [
    '/** What the gateway answers; generated from its definitions. */',
    `export type ApplicationErrorCode = ${codes.join(' | ')}`,
    await readFile(join(root, 'src', 'result.ts'), 'utf8').then(resultType),
    printTypes(await namedSchemas()),
  ]
  await writeFile(join(work, 'wire.ts'), wire.join('\n\n'))
  await rm(target, { recursive: true, force: true })
  const options = {
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    strict: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    declaration: true,
    types: [],
    rootDir: '.',
    outDir: target,
  }
  const config = { compilerOptions: options, include: ['*.ts'] }
  await writeFile(join(work, 'tsconfig.json'), JSON.stringify(config))
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const built = spawnSync(process.execPath, [compiler, '-p', work], { encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`The client does not compile:\n${built.stdout}`)
  for (const name of (await readdir(target)).filter((file) => file.endsWith('.d.ts'))) {
    const text = await readFile(join(target, name), 'utf8')
    await writeFile(join(target, name), text.replaceAll(/(\.\/\w+)\.ts'/g, "$1.js'"))
  }
} finally {
  await rm(work, { recursive: true, force: true })
}

/** The type alone: the client makes its results itself. */
function resultType(text: string): string {
  const [found = ''] = /\/\*\* The outcome[\s\S]*?\n\n/.exec(text) ?? []
  return found
}
