/** The build of `npm run dev`: made anew only when something that it is made of has changed. */
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildWorker } from '../gateway.ts'
import { root } from '../root.ts'

/** Beside the sources, what they are built by: the configuration, and the packages that are installed. */
const beside = ['wrangler.toml', 'tsconfig.json', 'package-lock.json']

/** Builds the Worker unless the folder has the build of these very sources. */
export async function buildWhenChanged(buildDirectory: string): Promise<void> {
  const note = join(buildDirectory, 'made-of.sha256')
  const sources = await digestOfSources()
  const made = await readFile(note, 'utf8').catch(() => '')
  const isThere = made === sources && (await exists(join(buildDirectory, 'index.js')))
  if (isThere) return
  await writeFile(note, '').catch(() => undefined)
  await buildWorker(buildDirectory)
  // A source that was changed meanwhile is built at the next start.
  await writeFile(note, sources)
}

async function digestOfSources(): Promise<string> {
  const listed = await readdir(join(root, 'src'), { recursive: true, withFileTypes: true })
  const files = listed
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  const digest = createHash('sha256')
  for (const file of [...files.toSorted(), ...beside.map((name) => join(root, name))]) {
    digest
      .update(file)
      .update('\0')
      .update(await readFile(file))
      .update('\0')
  }
  return digest.digest('hex')
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  )
}
