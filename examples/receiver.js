/**
 * A receiver of webhooks that verifies each message (Standard Webhooks 1.0.0), stores it once, and
 * answers before any work is done with it. Plain JavaScript for Node 20 or newer, without a
 * package:
 *
 *   WEBHOOK_SECRET=whsec_… PORT=3000 node examples/receiver.js inbox.jsonl
 *
 * Here the inbox is a file with one event a line. A product has a table with `webhook-id` as its
 * primary key, and a job that works through it. Rollcall sends the next event only after the one
 * before was answered with 2xx, so the order of the inbox is the order of the changes.
 */
import { existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'

const { WEBHOOK_SECRET: secret = '', PORT: port = '3000' } = process.env
const file = process.argv[2] ?? 'inbox.jsonl'

/** The shortest secret and the longest, in bytes (Standard Webhooks 1.0.0, "Signature scheme"). */
const [shortest, longest] = [24, 64]
if (secret === '') stop("Set WEBHOOK_SECRET to the endpoint's `secret` (whsec_…).")
const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
const isWhole = secret === `whsec_${bytes.toString('base64')}`
if (!isWhole || bytes.length < shortest || bytes.length > longest) {
  stop(
    'WEBHOOK_SECRET is not a whole secret: `whsec_` and 32 to 88 characters of base64. Copy it again.',
  )
}
if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
  stop(`PORT is ${JSON.stringify(port)}; it must be a whole number from 0 to 65535.`)
}

/** Seconds from the signature to its arrival; an older message may be a recorded one. */
const tolerance = 5 * 60
/** Bytes of a message. A person or team has at most 64 KiB, and an event quotes it up to three times. */
const maximumBytes = 1024 * 1024

const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
  'verify',
])
const { known, inbox } = openInbox()

const server = createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    (error) => {
      // A message that could not be stored is not acknowledged, and Rollcall sends it again.
      console.error(error)
      response.writeHead(500).end()
    },
  )
})
server.once('error', (error) => stop(`Port ${port} cannot be listened on: ${error.message}.`))
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address()
  const opened = typeof address === 'object' && address ? address.port : port
  console.log(`Listening on http://127.0.0.1:${opened}`)
})

/**
 * Answers the status: 204 when the message is in the inbox, from this attempt or an earlier one.
 * @param {import('node:http').IncomingMessage} request
 */
async function receive(request) {
  const body = await readBody(request)
  if (body === undefined) return 413
  if (!(await isGenuine(request.headers, body))) return 401
  const id = String(request.headers['webhook-id'])
  // From here to the end nothing waits, so two attempts of one message cannot both store it.
  if (known.has(id)) return 204
  const event = JSON.parse(body.toString())
  writeSync(inbox, `${JSON.stringify({ id, event })}\n`)
  fsyncSync(inbox)
  known.add(id)
  console.log(event.seq ?? '-', event.type, id)
  return 204
}

/**
 * True for a message that was signed with the secret within the tolerance. The header has several
 * signatures for 24 hours after a rotation: one that fits is enough.
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {Buffer} body As received: JSON that was parsed and written again has other bytes.
 */
async function isGenuine(headers, body) {
  const id = String(headers['webhook-id'])
  const timestamp = String(headers['webhook-timestamp'])
  const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) <= tolerance
  if (!isRecent) return false
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body])
  for (const signature of String(headers['webhook-signature']).split(' ')) {
    if (!signature.startsWith('v1,')) continue
    // `verify` compares in constant time.
    const bytes = Buffer.from(signature.slice(3), 'base64')
    if (await crypto.subtle.verify('HMAC', key, bytes, content)) return true
  }
  return false
}

/**
 * The whole body; undefined when it is too large.
 * @param {import('node:http').IncomingMessage} request
 */
async function readBody(request) {
  const chunks = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length <= maximumBytes) chunks.push(chunk)
  }
  return length <= maximumBytes ? Buffer.concat(chunks) : undefined
}

/**
 * The inbox, and the ids in it. A line that was cut off by a crash was not acknowledged, and is removed.
 */
function openInbox() {
  try {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    const lines = whole.split('\n').filter((line) => line !== '')
    const ids = lines.map((line) => String(JSON.parse(line).id))
    if (whole !== text) truncateSync(file, Buffer.byteLength(whole))
    return { known: new Set(ids), inbox: openSync(file, 'a') }
  } catch (error) {
    return stop(`${file} cannot be an inbox: ${String(error)}.`)
  }
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function stop(sentence) {
  console.error(sentence)
  process.exit(2)
}
