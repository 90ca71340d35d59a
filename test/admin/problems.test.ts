/** The page of the problems, the file of them, and what another rule would change. */
import { describe, expect, it } from 'vitest'
import { csvLine } from '../../src/admin/logs/csv'
import { open, signIn, words } from '../support/console'
import { admin, tenant } from '../support/gateway'
import { person, type ScimClient } from '../support/tenant'

const oneLogin = { 'User-Agent': 'OneLogin SCIM' }

async function page(scim: ScimClient, path = '/problems'): Promise<string> {
  const answer = await open(`/tenants/${scim.slug}${path}`, { cookie: await signIn() })
  expect(answer.status).toBe(200)
  return answer.text()
}

describe('the page of the problems', () => {
  it('has a line for each person and team, with the remedy in the words of the provider', async () => {
    const scim = await tenant()
    for (const userName of ['Ann@Example.com', 'Bob@Example.com', 'Bob@Example.com']) {
      await scim.call('POST', '/Users', person({ userName }), oneLogin)
    }
    await scim.call('POST', '/Groups', { displayName: 'a<b' }, { 'User-Agent': 'Okta SCIM Client' })
    const text = words(await page(scim))
    expect(text).toContain('3 problems on this page')
    expect(text).toMatch(/missing Bob@Example\.com Person · e-mail has capital letters/)
    expect(text).toMatch(/Since [^,]+, tried 2 times\s?, last/)
    expect(text).toContain('What to do: In OneLogin open Users, then the person; write Email')
    expect(text).toMatch(/missing a<b Team · name holds special characters/)
    expect(text).toContain('What to do: In Okta open Directory')
  })

  it('has the remedies that the log has, and leads to all that was said of the person', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }), oneLogin)
    const inWords = 'What to do: In OneLogin open Users, then the person; write Email'
    expect(words(await page(scim, '/activity?line=refusal.1'))).toContain(inWords)
    const html = await page(scim)
    expect(words(html)).toMatch(/Since [^,]+, tried once/)
    const [, path = ''] = /href="[^"]*(\/problem\?key=[^"]*)"/.exec(html) ?? []
    const problem = await page(scim, path)
    expect(words(problem)).toContain(inWords)
    const [, way = ''] = /href="[^"]*(\/person\?[^"]*)">In time</.exec(problem) ?? []
    expect(words(await page(scim, way))).toContain('Ann@Example.com is not in Test')
  })

  it('shows what was sent and answered, and quotes the request', async () => {
    const scim = await tenant()
    const body = person({ userName: 'Ann@Example.com', password: 'correct horse' })
    const refused = await scim.call('POST', '/Users', body)
    const [, path = ''] = /href="[^"]*(\/problem\?key=[^"]*)"/.exec(await page(scim)) ?? []
    const text = words(await page(scim, path))
    expect(text).toContain(refused.body.detail)
    expect(text).toContain(refused.headers.get('X-Request-Id'))
    expect(text).toContain('"password": "(not kept)"')
    expect(text).not.toContain('correct horse')
    const solved = person({ userName: 'ann@example.com', emails: [] })
    expect((await scim.call('POST', '/Users', solved)).status).toBe(201)
    expect(words(await page(scim, path))).toContain('Solved: the person or team has come since.')
    expect(words(await page(scim))).toContain('Nobody is missing')
  })

  it('shows whom another rule would let in, and changes nothing by it', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    const both = person({ userName: 'Bob@Example.com', displayName: 'a;b' })
    await scim.call('POST', '/Users', both)
    const text = words(await page(scim, '/problems?email=lowercase'))
    expect(text).toContain('1 of these would come with the next attempt of the provider')
    expect(text).toMatch(/: Ann@Example\.com\. Bob@Example\.com: still refused/)
    expect(words(await page(scim, '/problems?email=lowercase&name=allow'))).toContain(
      '2 of these would come',
    )
    expect((await admin.call('GET', `/tenants/${scim.slug}`)).body.rules.email).toBe('reject')
  })

  it('lets nobody in whose name somebody has', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ userName: 'ann@example.com', emails: [] }))
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com', emails: [] }))
    const text = words(await page(scim, '/problems?email=lowercase'))
    expect(text).toContain('0 of these would come')
    expect(text).toContain('still refused. Somebody with this name or identifier is here already.')
    await admin.call('PATCH', `/tenants/${scim.slug}`, { rules: { email: 'lowercase' } })
    const again = await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    expect(again.status).toBe(409)
  })
})

describe('the file of the problems', () => {
  it('has no formula behind a separator of other countries, or a line break', () => {
    const cells = ['a;=1+1', 'b\n@SUM(A1)', 'c\t -2', '＝1', 'ann-marie; x', 'a=b']
    expect(csvLine(cells)).toBe(
      `"a;'=1+1","b\n'@SUM(A1)","c\t' -2","'＝1","ann-marie; x","a=b"\r\n`,
    )
  })

  it('has them all, and no cell that a spreadsheet would run', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ userName: '=cmd|Ann@Example.com' }))
    for (let index = 0; index < 120; index += 1) {
      await scim.call('POST', '/Users', person({ userName: `Person${index}@Example.com` }))
    }
    const answer = await open(`/tenants/${scim.slug}/problems.csv`, { cookie: await signIn() })
    expect(answer.headers.get('Content-Type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('Content-Disposition')).toContain(`problems-${scim.slug}.csv`)
    const lines = (await answer.text()).trim().split('\r\n')
    expect(lines).toHaveLength(122)
    expect(lines[0]).toContain('"kind","name","state"')
    expect(lines.at(-1)).toContain('"\'=cmd|Ann@Example.com"')
    expect(new Set(lines).size).toBe(122)
  })
})
