/** The files of src as text, and what they import: by relative path, and of packages. */
import { readdir, readFile } from 'node:fs/promises'
import { join, posix, sep } from 'node:path'

/** A file of src. The path is relative to src, with slashes. */
export interface Source {
  readonly path: string
  readonly text: string
}

/** An import, an export from elsewhere or a dynamic import, of another file. */
export interface Arrow {
  readonly from: string
  /** Path of the imported file, or the specifier where src has no such file. */
  readonly to: string
  readonly isType: boolean
}

export async function readSources(folder: string): Promise<Source[]> {
  const names = await readdir(folder, { recursive: true })
  const files = names.filter((name) => /\.\w+$/.test(name)).toSorted()
  return Promise.all(
    files.map(async (name) => ({
      path: name.replaceAll(sep, '/'),
      text: await readFile(join(folder, name), 'utf8'),
    })),
  )
}

/** The forms that oxfmt leaves; no quotation mark and no call stands between the words. */
const forms = [
  /^import (?<type>type )?[\w\s{},*$]+ from '(?<specifier>[^']+)'/gm,
  /^export (?<type>type )?(?:\{[^}]*\}|\*(?: as \w+)?) from '(?<specifier>[^']+)'/gm,
  /^import '(?<specifier>[^']+)'/gm,
  /\bimport\(\s*'(?<specifier>[^']+)'/g,
]

/** A file of a package, which is named by its place where the package does not export it. */
function withoutPlace(specifier: string): string {
  return specifier.replace(/^(?:\.\.\/)+node_modules\/([^/]+)\/dist\//, '$1/')
}

function specifiersOf({ text }: Source): { specifier: string; isType: boolean }[] {
  return forms.flatMap((form) =>
    Array.from(text.matchAll(form), ({ groups = {} }) => ({
      specifier: withoutPlace(groups['specifier'] ?? ''),
      isType: groups['type'] !== undefined,
    })),
  )
}

export function arrowsOf(source: Source, paths: ReadonlySet<string>): Arrow[] {
  return specifiersOf(source)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, isType }) => {
      const place = posix.join(posix.dirname(source.path), specifier)
      const file = [place, `${place}.ts`, `${place}.tsx`].find((name) => paths.has(name))
      return { from: source.path, to: file ?? specifier, isType }
    })
}

/** Modules of src/database whose values are SQL, as importers name them. */
const sqlMakers = /\/(builder|over-rows|precondition|statement)$/

/**
 * Names of the packages that a file uses. JSX counts as `hono/jsx`; SQL, whichever way it is
 * written or had, as `drizzle-orm`.
 */
export function packagesOf(source: Source): ReadonlySet<string> {
  const found = specifiersOf(source)
  const specifiers = found.map(({ specifier }) => specifier)
  const makesStatements = found.some(
    ({ specifier, isType }) => !isType && sqlMakers.test(specifier),
  )
  const writesSql = /[^\w`]sql`|\.prepare\(/.test(source.text)
  return new Set([
    ...specifiers.filter((specifier) => !specifier.startsWith('.')).map(packageName),
    ...(/\.[jt]sx$/.test(source.path) ? ['hono/jsx'] : []),
    ...(makesStatements || writesSql ? ['drizzle-orm'] : []),
  ])
}

function packageName(specifier: string): string {
  const [name = ''] = /^(hono\/jsx|@[^/]+\/[^/]+|[^/]+)/.exec(specifier) ?? []
  return name
}
