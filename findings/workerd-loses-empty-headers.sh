#!/usr/bin/env bash
# An empty If-Match is no If-Match: workerd knows the header by a number, and takes an empty value for none.
#
# Version:  miniflare 5.20261023.2-beta with its workerd
# Expected: `If-Match:` without a value reaches the Worker as an empty text, as any other header does. It is a list of no
#           tags, so that the condition never holds (RFC 9110 section 13.1.1).
# Seen:     of a request's headers that workerd knows, an empty one is lost: `has` is false, and the list of headers is
#           without it. A header that it does not know stays, empty, and so does each in a `Headers` of the Worker's own.
# Matters:  a client that sends its tag in a variable that is empty makes an unconditional change, and the gateway cannot
#           tell. `version` in an operation of a Bulk is a text of the body, and an empty one is refused (412).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent node@24 miniflare@5.20261023.2-beta
cat > worker.mjs <<'JS'
export default {
  fetch({ headers }) {
    const own = new Headers({ 'If-Match': '', 'If-None-Match': '', 'X-Own': '' })
    const named = ['If-Match', 'If-None-Match', 'X-Own']
    return Response.json([headers, own].map((list) => named.map((name) => list.get(name))))
  },
}
JS
cat > run.mjs <<'JS'
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

const modules = [{ type: 'ESModule', path: `${process.cwd()}/worker.mjs` }]
const options = convertV4MiniflareOptions({ name: 'x', modules, modulesRoot: process.cwd(), compatibilityDate: '2026-10-01', cf: false })
const [worker] = options.workers
worker.dev = { ...worker.dev, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] }
const miniflare = new Miniflare(options)
try {
  const { hostname, port } = await miniflare.unsafeGetDirectURL()
  const answer = await new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), hostname)
    socket.on('data', (bytes) => (text += bytes)).on('end', () => resolve(text)).on('error', reject)
    const lines = ['GET / HTTP/1.1', 'Host: x', 'Connection: close', 'If-Match:', 'If-None-Match:', 'X-Own:', '', '']
    socket.write(lines.join('\r\n'))
  })
  const [sent, own] = JSON.parse(answer.slice(answer.indexOf('[[')))
  assert.deepEqual(sent, [null, null, ''])
  assert.deepEqual(own, ['', '', ''])
} finally {
  await miniflare.dispose()
}
JS
PATH=$PWD/node_modules/.bin:$PATH node run.mjs && echo 'As described.' || { echo 'This has changed.'; exit 1; }
