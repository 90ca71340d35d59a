/** Plays one client: installs it, gives it a tenant, runs its script and judges what it tells. */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from './clients.ts'
import { compare } from './compare.ts'
import { install, Missing, run } from './install.ts'
import { readStory } from './story.ts'
import { makeTenant, type Operator } from './tenant.ts'

export type Played =
  | { readonly kind: 'played'; readonly steps: number; readonly wrong: readonly string[] }
  | { readonly kind: 'impossible'; readonly why: string }

export async function play(
  client: Client,
  operator: Operator,
  onNoise: (line: string) => void,
): Promise<Played> {
  const missing = Object.entries(client.needs ?? {}).filter(([name]) => !process.env[name])
  const [lack] = missing.map(([name, what]) => `set ${name} to ${what}`)
  if (lack !== undefined) return { kind: 'impossible', why: lack }
  const folder = await mkdtemp(join(tmpdir(), `rollcall-interop-${client.name}-`))
  const clean = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', clean)
  try {
    const command = await install(client.install, folder)
    const tenant = await makeTenant(operator, client.name, client.settings ?? {})
    const lines: string[] = []
    const environment = {
      SCIM_URL: tenant.scim,
      SCIM_TOKEN: tenant.token,
      ADMIN_API: `${operator.url}/admin/api/tenants/${tenant.slug}`,
      ADMIN_TOKEN: operator.token,
      OAUTH_CLIENT_ID: tenant.client.id,
      OAUTH_CLIENT_SECRET: tenant.client.secret,
      OAUTH_TOKEN_URL: tenant.client.tokenUrl,
      OAUTH_ISSUER: tenant.client.issuer,
      ...client.environment,
    }
    const end = await run(command, folder, environment, (line) => {
      lines.push(line)
      onNoise(line)
    }).then(
      () => [],
      (error: Error) => [error.message],
    )
    const story = readStory(lines)
    const differences = await compare(tenant, story, client)
    return { kind: 'played', steps: story.steps, wrong: [...story.wrong, ...end, ...differences] }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    if (error instanceof Missing) return { kind: 'impossible', why }
    return { kind: 'played', steps: 0, wrong: [why] }
  } finally {
    clean()
    process.off('exit', clean)
  }
}
