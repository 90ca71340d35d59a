/**
 * Writes `assets/openapi.json` from the definitions of the application API and of the administration;
 * with `--check` says whether it is current.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { namedSchemas, type Schema } from './openapi/schemas.ts'
import { root } from './root.ts'
import { readCommandLine } from './usage.ts'

const { check = false } = readCommandLine(
  `npm run openapi -- [--check]

Writes assets/openapi.json from the definitions of the application API and of the administration.

  --check         says whether it is current, and writes nothing`,
  { check: { type: 'boolean' } },
).values

const { applicationPaths, webhooks } = await import('./openapi/application.ts')
const { administrationPaths } = await import('./openapi/administration.ts')
const { administrationResponses, administrationSchemas } =
  await import('./openapi/administration-answers.ts')

const file = join(root, 'assets', 'openapi.json')
const wanted = `${JSON.stringify(await describe(), null, 2)}\n`

if (check) {
  const present = await readFile(file, 'utf8').catch(() => '')
  if (present !== wanted) {
    console.error('assets/openapi.json is not what src says. Run: npm run openapi')
    process.exit(1)
  }
} else await writeFile(file, wanted)

async function describe(): Promise<Schema> {
  // The paths of the administration name its shapes.
  const paths = { ...applicationPaths(), ...administrationPaths() }
  const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', description })
  return {
    openapi: '3.1.0',
    info: {
      title: 'Rollcall: the application API and the administration',
      version: '1',
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'What the application reads of its tenants, and what an operator does. To stay in step, read ' +
        'the number of the last event first, then the lists, and then every event behind the number.',
    },
    servers: [
      {
        url: 'https://{host}',
        description: 'A deployment.',
        variables: { host: { default: 'rollcall.example.workers.dev', description: 'Its host.' } },
      },
    ],
    tags: [
      { name: 'Application', description: 'What the application reads.' },
      { name: 'Webhooks', description: 'What is sent to the application.' },
      { name: 'Administration', description: 'What the operator does.' },
    ],
    paths,
    webhooks: webhooks(),
    components: {
      securitySchemes: {
        key: bearer('A key of the tenant or of all tenants.'),
        operator: bearer('The operator secret, or an operator token.'),
      },
      responses: administrationResponses,
      schemas: { ...(await namedSchemas()), ...administrationSchemas },
    },
  }
}
