/** `npm run interop`: runs real SCIM clients against the gateway and writes what came out. */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWorker, startGateway } from './gateway.ts'
import { clients, type Client } from './interop/clients.ts'
import { play, type Played } from './interop/play.ts'
import { writeDocument } from './interop/document.ts'
import { Progress, secondsSince } from './progress.ts'
import { readCommandLine, refuse } from './usage.ts'

const usage = `npm run interop -- [NAME …] [--verbose]

Installs real, pinned clients from the public registries in temporary folders, starts the gateway,
and drives each client through a life in a tenant of its own. What the client believes in the end is
compared with what SCIM answers and with what the application API reads. Without names it plays
all clients. The rows of those that were played are written into docs/interoperability.md; a client
that this machine or its registries lack is named with the reason, and its row stays.

  NAME        ${clients.map(({ name }) => name).join(', ')}
  --verbose   prints every line of the clients

The exit code is 0 when all that were played came out as expected, 1 when one did not or none could
be played, 2 for a wrong command line.`

const { values, positionals } = readCommandLine(usage, { verbose: { type: 'boolean' } }, true)
const unknown = positionals.find((name) => clients.every((client) => client.name !== name))
if (unknown !== undefined) refuse(usage, `There is no client ${unknown}.`)
const chosen = clients.filter(({ name }) => positionals.length === 0 || positionals.includes(name))

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1))
}
const folder = await mkdtemp(join(tmpdir(), 'rollcall-interop-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const progress = new Progress()
const results = await playAll(folder)
await writeDocument(results)
const played = results.filter(([, { kind }]) => kind === 'played')
console.log(`${played.length} of ${results.length} clients were played.`)
const isGood = played.length > 0 && played.every(([, outcome]) => isClean(outcome))
// Miniflare keeps handles for a while after its end.
process.exit(isGood ? 0 : 1)

async function playAll(state: string): Promise<(readonly [Client, Played])[]> {
  const buildDirectory = join(state, 'build')
  await buildWorker(buildDirectory)
  const token = `operator_${crypto.randomUUID()}`
  const gateway = await startGateway({
    stateDirectory: join(state, 'state'),
    port: 0,
    adminToken: token,
    buildDirectory,
    hasLimits: false,
    // The keys of an issuer that a script plays are on this machine.
    variables: { WEBHOOK_LOOPBACK: 'true' },
  })
  const results: (readonly [Client, Played])[] = []
  try {
    for (const [index, client] of chosen.entries()) {
      const began = performance.now()
      let lines = 0
      const onNoise = (line: string) => {
        lines += 1
        if (values.verbose !== true) return
        progress.clear()
        console.log(`  ${line}`)
      }
      const far = () =>
        `[${index + 1}/${chosen.length}] ${client.name}: ${lines === 0 ? 'installing' : `${lines} lines of its life`}, ${secondsSince(began)}`
      const played = await progress.follow(far, play(client, { url: gateway.url, token }, onNoise))
      show(client, played)
      results.push([client, played])
    }
  } finally {
    await gateway.stop()
  }
  return results
}

function show({ title }: Client, played: Played): void {
  if (played.kind === 'impossible') {
    console.log(`skipped  ${title}: ${played.why}`)
    return
  }
  console.log(`${isClean(played) ? 'good   ' : 'WRONG  '}  ${title}: ${played.steps} steps`)
  for (const sentence of played.wrong) console.log(`           ${sentence}`)
}

function isClean(played: Played): boolean {
  return played.kind === 'played' && played.wrong.length === 0 && played.steps > 0
}
