/** Calls of the client with what a program may hand it instead of a text or a number. */
import { describe, expect, it } from 'vitest'
import { connect, connectAll, findUser, type Client } from '../../src/client'
import { newKey } from '../support/application'
import { admin, origin, send, tenant } from '../support/gateway'
import { person } from '../support/tenant'

const noTexts: readonly any[] = [undefined, null, '', '.', '..', Number.NaN, {}, [], '\ud800']

async function last(list: AsyncGenerator<any>): Promise<any> {
  let answer
  for await (answer of list);
  return answer
}

/** Every call that takes an argument, with one that is none. */
const calls: Readonly<Record<string, (client: Client, none: any) => Promise<any>>> = {
  user: (client, none) => client.user(none),
  team: (client, none) => client.team(none),
  members: (client, none) => last(client.members(none)),
  find: (client, none) => last(client.find({ email: typeof none === 'string' ? '' : none })),
  findUser: (client, none) => findUser(client, typeof none === 'string' ? {} : (none ?? {})),
}

/** Every call that begins somewhere in the log. */
const places: Readonly<Record<string, (client: Client, after: any) => Promise<any>>> = {
  pull: (client, after) => client.pull({ after }),
  follow: (client, after) => client.follow({ after }),
  events: (client, after) => last(client.events({ after })),
  confirm: (client, after) => client.confirm({ after }),
  acknowledge: (client, after) => client.acknowledge(after),
}

describe('the client, given something that is no argument', () => {
  it('asks for nobody else, and reads nothing from the beginning', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    const { key } = await newKey(admin, undefined)
    const asked: string[] = []
    const options = {
      url: origin,
      key,
      attempts: 1,
      fetch: (request: Request) => {
        asked.push(request.url)
        return send(request)
      },
    }
    const client = connect({ ...options, tenant: scim.slug })
    for (const none of noTexts) {
      for (const [name, call] of Object.entries(calls)) {
        const answer = await call(client, none)
        const code = answer.ok ? answer.value : answer.error.code
        const isRefused = code === 'unusable' || code === 'invalidQuery'
        expect([name, none, isRefused || code]).toEqual([name, none, true])
      }
      for (const nowhere of [
        connect({ ...options, tenant: none }),
        connectAll(options).tenant(none),
      ]) {
        expect(await nowhere.latest()).toMatchObject({ ok: false, error: { code: 'unusable' } })
      }
    }
    for (const none of [undefined, null, '', Number.NaN, {}]) {
      for (const [name, call] of Object.entries(places)) {
        const answer = await call(client, none)
        expect([name, none, answer.ok && answer.value]).toEqual([name, none, false])
      }
    }
    expect(asked.filter((url) => !/ack$|[?&]email=(&|$)/.test(url))).toEqual([])
  })

  it('still takes what is one', async () => {
    const scim = await tenant()
    const { body } = await scim.call('POST', '/Users', person())
    const { key } = await newKey(admin, scim.slug)
    const client = connect({ url: origin, key, tenant: scim.slug, fetch: send })
    expect(await client.user(body.id)).toMatchObject({ ok: true, value: { id: body.id } })
    const wanted: any = { userName: body.userName, email: undefined }
    expect(await findUser(client, wanted)).toMatchObject({ ok: true, value: { id: body.id } })
    const pages = await Promise.all([0, '0', 'latest'].map((after: any) => client.pull({ after })))
    expect(pages.map((page) => page.ok && page.value.events.length)).toEqual([1, 1, 0])
  })
})
