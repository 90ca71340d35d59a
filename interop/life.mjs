/** What the scripts in JavaScript share: they tell what came out, a line each, with tabs. */
import { isDeepStrictEqual, inspect } from 'node:util'

export const address = process.env['SCIM_URL']
export const token = process.env['SCIM_TOKEN']

/** Tells the step, or what went wrong in it; the story goes on. */
export async function step(name, act) {
  try {
    await act()
    tell('step', name)
  } catch (problem) {
    tell('wrong', name, String(problem.message).slice(0, 600))
  }
}

export function expect(seen, wanted) {
  if (isDeepStrictEqual(seen, wanted)) return
  throw new Error(`${inspect(seen, { depth: 6 })} in place of ${inspect(wanted, { depth: 6 })}`)
}

/** Waits until it is as wanted, at most so many seconds: some clients send on their own time. */
export async function expectSoon(look, wanted, seconds = 60) {
  let seen
  for (let tries = 0; tries < 4 * seconds; tries += 1) {
    seen = await look()
    if (isDeepStrictEqual(seen, wanted)) return
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  expect(seen, wanted)
}

/** What a client believes of a person or a team in the end. */
export function believe(kind, resource) {
  process.stdout.write(`${kind}\t${JSON.stringify(resource)}\n`)
}

/** A read of the gateway beside the client. */
export async function scim(path, bearer = token) {
  const answer = await fetch(`${address}${path}`, {
    headers: { Authorization: `Bearer ${bearer}` },
  })
  return { status: answer.status, body: await answer.json() }
}

/** The resource with this value of an attribute, or undefined. */
export async function find(type, name, value) {
  const filter = encodeURIComponent(`${name} eq ${JSON.stringify(value)}`)
  const { body } = await scim(`/${type}?filter=${filter}`)
  return body.Resources[0]
}

function tell(...cells) {
  const line = cells.map((cell) => cell.replaceAll(/\s+/g, ' ')).join('\t')
  process.stdout.write(`${line}\n`)
}
