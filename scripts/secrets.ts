/** The operator's secret and the demo tenant's token: given, or random and kept. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeToken } from '../src/auth/token.ts'

export interface Secrets {
  readonly adminToken: string
  readonly demoToken: string
}

export async function readSecrets(stateDirectory: string, slug: string): Promise<Secrets> {
  const file = join(stateDirectory, 'secrets.json')
  const kept = await readKept(file)
  const secrets = {
    adminToken: kept.adminToken ?? `operator_${crypto.randomUUID()}`,
    demoToken: kept.demoToken ?? (await makeToken(slug)),
  }
  await mkdir(stateDirectory, { recursive: true })
  await writeFile(file, JSON.stringify(secrets), { mode: 0o600 })
  return {
    adminToken: process.env['ADMIN_TOKEN'] || secrets.adminToken,
    demoToken: process.env['DEMO_TOKEN'] || secrets.demoToken,
  }
}

async function readKept(file: string): Promise<Partial<Secrets>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Partial<Secrets>
  } catch {
    return {}
  }
}
