/** The operator's secret and the demo tenant's token: given, or random and kept. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isPlausibleToken, makeToken } from '../src/tokens/secret.ts'
import { reasonOf } from './state/folder.ts'

export interface Secrets {
  readonly adminToken: string
  readonly demoToken: string
}

export async function readSecrets(stateDirectory: string, slug: string): Promise<Secrets> {
  const file = join(stateDirectory, 'secrets.json')
  const kept = await readKept(file).catch((error: unknown) => refuse(file, 'read', error))
  const secrets = {
    adminToken: kept.adminToken ?? `operator_${crypto.randomUUID()}`,
    demoToken: kept.demoToken ?? (await makeToken(slug)),
  }
  if (kept.adminToken === undefined || kept.demoToken === undefined) {
    await keep(file, secrets).catch((error: unknown) => refuse(file, 'written', error))
  }
  const given = process.env['DEMO_TOKEN'] ?? ''
  if (given !== '' && !isPlausibleToken(given)) {
    throw new Error(
      'DEMO_TOKEN is too long, or has the form of a Rollcall token and a wrong checksum.',
    )
  }
  return {
    adminToken: process.env['ADMIN_TOKEN'] || secrets.adminToken,
    demoToken: given || secrets.demoToken,
  }
}

/** Whole or not at all, whenever the process is killed: the next start prints the same token. */
async function keep(file: string, secrets: Secrets): Promise<void> {
  const draft = `${file}.${process.pid}`
  await mkdir(dirname(file), { recursive: true })
  await writeFile(draft, JSON.stringify(secrets), { mode: 0o600 })
  await rename(draft, file)
}

async function readKept(file: string): Promise<Partial<Secrets>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  const kept: unknown = JSON.parse(text)
  const { adminToken, demoToken } = (kept ?? {}) as Readonly<Record<string, unknown>>
  return {
    ...(typeof adminToken === 'string' ? { adminToken } : {}),
    ...(typeof demoToken === 'string' ? { demoToken } : {}),
  }
}

function refuse(file: string, verb: 'read' | 'written', error: unknown): never {
  const reason = error instanceof SyntaxError ? 'it is no JSON' : reasonOf(error)
  const remedy = 'Remove it, and new secrets are made; or name another folder in STATE_DIR.'
  throw new Error(`${file} cannot be ${verb}: ${reason}. ${remedy}`)
}
