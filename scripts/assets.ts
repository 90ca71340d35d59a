/** The files of `assets/` for the local runtime, handed on by this process. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Response, type Request } from 'miniflare'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}

/**
 * A function that answers what the files of a folder hold, as Cloudflare does: with their type and a tag of their
 * content. Miniflare does it with five Workers, which hold 10 MB whether a file is asked for or not.
 */
export function filesOf(folder: string): (request: Request) => Promise<Response> {
  return async function handOn(request) {
    // An address has no dots that lead out of the folder: `URL` has followed them.
    const path = join(folder, new URL(request.url).pathname)
    const content = await readFile(path).catch(() => undefined)
    if (!content) return new Response(null, { status: 404 })
    const tag = `"${createHash('sha256').update(content).digest('hex')}"`
    if (request.headers.get('If-None-Match')?.includes(tag)) {
      return new Response(null, { status: 304, headers: { ETag: tag } })
    }
    const type = types[extname(path)] ?? 'application/octet-stream'
    return new Response(content, { headers: { 'Content-Type': type, ETag: tag } })
  }
}
