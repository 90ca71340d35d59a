/** Which commands a deployment runs. That wrangler can build and read it all, `build.ts` proves. */
import { describe, expect, it } from 'vitest'
import { deploy } from '../../scripts/deployment.ts'

const migrate = 'd1 migrations apply DB --remote'
const missing = "[ERROR] Couldn't find a D1 DB named 'rollcall' (bound as 'DB') in the API."
const unnamed =
  "[ERROR] Couldn't find an auto-provisioned D1 DB named 'rollcall-db' for binding 'DB'."

/** Deploys with answers in place of wrangler; an error text means that the command fails. */
async function run(answers: readonly string[], ...parameters: readonly string[]) {
  const commands: string[] = []
  const code = await deploy((command) => {
    const errors = answers[commands.length] ?? ''
    commands.push(command.join(' '))
    return Promise.resolve({ code: errors === '' ? 0 : 1, errors })
  }, parameters)
  return { code, commands }
}

describe('npm run deploy', () => {
  it('applies the migrations before the Worker that needs them', async () => {
    expect(await run([])).toEqual({ code: 0, commands: [migrate, 'deploy'] })
  })

  it.each([missing, unnamed])('deploys first when there is no database yet: %s', async (text) => {
    expect(await run([text])).toEqual({ code: 0, commands: [migrate, 'deploy', migrate] })
  })

  it('leaves the Worker as it is when a migration fails', async () => {
    expect(await run(['[ERROR] near "SELEC": syntax error'])).toEqual({
      code: 1,
      commands: [migrate],
    })
  })

  it('fails when the deployment fails, or the migrations after it', async () => {
    expect(await run(['', 'no'])).toEqual({ code: 1, commands: [migrate, 'deploy'] })
    expect(await run([missing, 'no'])).toEqual({ code: 1, commands: [migrate, 'deploy'] })
    expect((await run([missing, '', 'no'])).code).toBe(1)
  })

  it('touches no database on a dry run', async () => {
    const { commands } = await run([], '--env', 'acme', '--dry-run')
    expect(commands).toEqual(['deploy --env acme --dry-run'])
  })

  it.each([
    { parameters: ['--minify', '--env', 'acme'], environment: '--env acme' },
    { parameters: ['--env=acme', '--minify'], environment: '--env=acme' },
    { parameters: ['-e', 'acme'], environment: '-e acme' },
  ])('names the environment in every command: $parameters', async (example) => {
    const { parameters, environment } = example
    const { commands } = await run([missing], ...parameters)
    expect(commands).toEqual([
      `${migrate} ${environment}`,
      ['deploy', ...parameters].join(' '),
      `${migrate} ${environment}`,
    ])
  })
})
