/** A checkout of its own, for commands that write beside the sources. */
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../scripts/root.ts'

const contents = [
  'assets',
  'drizzle',
  'package.json',
  'scripts',
  'src',
  'tsconfig.json',
  'wrangler.toml',
] as const

export interface Checkout {
  readonly folder: string
  readonly remove: () => Promise<void>
}

/** What a deployment needs, with the packages of this checkout. */
export async function makeCheckout(): Promise<Checkout> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-checkout-'))
  for (const name of contents) {
    await cp(join(root, name), join(folder, name), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
