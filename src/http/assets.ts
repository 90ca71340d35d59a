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

/** Files that this isolate has read, parsed, by their paths. */
const read = new Map<string, Promise<unknown>>()

/** A JSON file of `assets/`, read once in the life of the isolate. Its shape is checked by tests. */
export async function readAsset<T>(
  { ASSETS }: Pick<Environment, 'ASSETS'>,
  url: string,
  path: string,
): Promise<T> {
  const reading =
    read.get(path) ??
    ASSETS.fetch(new URL(path, url)).then((answer) => {
      if (!answer.ok) throw new Error(`No file ${path}: ${answer.status}`)
      return answer.json()
    })
  read.set(path, reading)
  try {
    return (await reading) as T
  } catch (error) {
    read.delete(path)
    throw error
  }
}
