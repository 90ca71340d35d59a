/** What an isolate evaluates when it starts, before any request. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, inject, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { runWranglerIn } from '../../scripts/wrangler.ts'

/** What esbuild says of a bundle: of each module what it imports, and how. */
interface Metafile {
  readonly inputs: Readonly<Record<string, { readonly imports: readonly Import[] }>>
}

interface Import {
  readonly path: string
  readonly kind: string
  readonly external?: boolean
}

let metafile: Metafile

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-start-'))
  try {
    await runWranglerIn(root, 'deploy', '--dry-run', '--metafile', '--outdir', folder)
    metafile = JSON.parse(await readFile(join(folder, 'bundle-meta.json'), 'utf8')) as Metafile
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

/** The modules that are evaluated with a module: all that it imports, but not by `import()`. */
function evaluatedWith(entry: string): string[] {
  const found = [entry]
  for (const path of found) {
    for (const { path: imported, kind, external } of metafile.inputs[path]?.imports ?? []) {
      const isAtStart = kind !== 'dynamic-import' && external !== true
      if (isAtStart && !found.includes(imported)) found.push(imported)
    }
  }
  return found
}

const wings = /^src\/(admin|application|token-endpoint|attention|search)\//
const packages = /\/node_modules\/(zod|jose|hono\/dist\/jsx)\//

it('an isolate starts without the console, the APIs beside SCIM, the jobs and their packages', () => {
  const evaluated = evaluatedWith('src/index.ts')
  expect(evaluated).toContain('src/provisioning/users.ts')
  expect(evaluated.filter((path) => wings.test(path))).toEqual([
    // The platform wants the class of an entrypoint at the start.
    'src/application/service-binding.ts',
  ])
  expect(evaluated.filter((path) => packages.test(`/${path}`))).toEqual([])
  expect(evaluated).not.toContain('src/jobs.ts')
})

it('nor with what few SCIM requests need: to write refusals, to deliver webhooks, to release what waited', () => {
  const evaluated = evaluatedWith('src/index.ts')
  const later = [
    'src/activity/record.ts',
    'src/webhooks/wake.ts',
    'src/webhooks/run.ts',
    'src/webhooks/all/run.ts',
    'src/guard/names/settle.ts',
    'src/guard/release.ts',
    'src/oauth/store.ts',
  ]
  for (const path of later) expect(Object.keys(metafile.inputs)).toContain(path)
  expect(evaluated.filter((path) => later.includes(path))).toEqual([])
})

it('what is evaluated later is in the same bundle', () => {
  const all = Object.keys(metafile.inputs)
  expect(all).toContain('src/admin/console.tsx')
  expect(all.filter((path) => packages.test(`/${path}`))).not.toEqual([])
})

/** Evaluates the Worker as an isolate does, in a process of its own, and says whether zod was evaluated. */
const program = `
  import { registerHooks } from 'node:module'
  const platform = 'export class DurableObject {}; export class WorkerEntrypoint {}'
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'cloudflare:workers'
        ? { url: 'data:text/javascript,' + platform, shortCircuit: true }
        : next(specifier, context),
  })
  const worker = await import(process.argv[1])
  const before = globalThis.__zod_globalConfig !== undefined
  await worker.default.fetch(new Request('https://gateway.example/admin/api/nowhere'), {}, {})
  console.log(JSON.stringify({ before, after: globalThis.__zod_globalConfig !== undefined }))
`

it('the built Worker evaluates zod with its first request to the administration, not before', async () => {
  const worker = pathToFileURL(join(inject('buildDirectory'), 'index.js')).href
  const command = ['--input-type=module', '--eval', program, worker]
  const { stdout } = await promisify(execFile)(process.execPath, command)
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({ before: false, after: true })
})
