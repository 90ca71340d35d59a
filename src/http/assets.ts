/** The files of `assets/`: no part of the bundle, they are deployed beside the Worker and with it. */
import type { Environment } from '../environment'

/**
 * Answers a file, given its path in `assets/`. A browser asks each time whether the file is still the
 * same: a deployment changes it without changing its name.
 */
export async function getAsset(
  { ASSETS }: Pick<Environment, 'ASSETS'>,
  request: Request,
  path: string,
): Promise<Response> {
  const asked = request.headers.get('If-None-Match')
  const headers = asked === null ? {} : { 'If-None-Match': asked }
  const answer = await ASSETS.fetch(new URL(path, request.url), { headers })
  const copy = new Response(answer.body, answer)
  copy.headers.set('Cache-Control', 'no-cache')
  return copy
}

const read = new Map<string, unknown>()

/** The JSON of a file, read once in the life of the isolate; undefined where it cannot be read. */
export async function readAsset<T>(
  { ASSETS }: Pick<Environment, 'ASSETS'>,
  path: string,
): Promise<T | undefined> {
  const known = read.get(path)
  if (known !== undefined) return known as T
  const answer = await ASSETS.fetch(new URL(path, 'https://assets.local'))
  if (!answer.ok) return undefined
  const value = await answer.json<T>()
  read.set(path, value)
  return value
}

/** The JSON of a file that a page cannot do without. */
export async function demandAsset<T>(
  environment: Pick<Environment, 'ASSETS'>,
  path: string,
): Promise<T> {
  const value = await readAsset<T>(environment, path)
  if (value === undefined) throw new Error(`The file ${path} cannot be read`)
  return value
}
