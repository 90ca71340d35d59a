/**
 * A receiver of webhooks as a process of its own, which can be killed. It verifies each message
 * with another implementation of Standard Webhooks, writes it to a file, and only then answers in
 * the mood that its parent has told it.
 */
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { bodyOf } from '../../support/sink.ts'

export type Mood = 'well' | 'refusing' | 'hanging' | 'slow'

/** A line of the file. */
export interface Arrival {
  readonly seq: number
  readonly id: string
  readonly type: string
  readonly resourceId: string
  readonly isVerified: boolean
  readonly mood: Mood
}

const [port = '', file = '', secret = ''] = process.argv.slice(2)
const receiver = new Webhook(secret)
let mood: Mood = 'well'

process.on('message', (told: Mood) => {
  mood = told
})
process.on('disconnect', () => process.exit(0))

createServer((request, response) => {
  void bodyOf(request).then((body) => {
    const event = JSON.parse(body)
    const { seq, id, type, resource } = event
    const isVerified = verifies(body, request.headers as Record<string, string>, id)
    const arrival: Arrival = { seq, id, type, resourceId: resource.id, isVerified, mood }
    appendFileSync(file, `${JSON.stringify(arrival)}\n`)
    if (mood === 'hanging') return
    const answer = () => response.writeHead(mood === 'refusing' ? 503 : 204).end()
    if (mood === 'slow') setTimeout(answer, 100)
    else answer()
  })
}).listen(Number(port), '127.0.0.1', () => process.send?.('ready'))

function verifies(body: string, headers: Record<string, string>, id: string): boolean {
  try {
    receiver.verify(body, headers)
    return headers['webhook-id'] === id
  } catch {
    return false
  }
}
