/** The profile `aws`, and the two open-source tools that it is for, each by its own way of synchronizing. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admin, tenant } from '../support/gateway'
import { person, type ScimClient } from '../support/tenant'
import { IdpScimSync } from './idp-scim-sync'
import { findTeam, runSsosync } from './ssosync'
import { week, Workspace } from './workspace'

/** What the directory has of a workspace: people with their state, teams with their people. */
async function directoryOf(scim: ScimClient) {
  const users = (await scim.call('GET', '/Users')).body.Resources
  const nameOf = new Map(users.map(({ id, userName }: any) => [id, userName]))
  const teams = (await scim.call('GET', '/Groups?attributes=displayName,members')).body.Resources
  return {
    people: users
      .map(({ userName, active, name }: any) => `${userName} ${active} ${name.familyName}`)
      .sort(),
    teams: teams
      .map(({ displayName, members = [] }: any) =>
        [displayName, ...members.map(({ value }: any) => nameOf.get(value)).sort()].join(' '),
      )
      .sort(),
  }
}

function wantedOf(workspace: Workspace) {
  return {
    people: workspace
      .members()
      .map(({ email, isSuspended, family }) => `${email} ${!isSuspended} ${family}`)
      .sort(),
    teams: workspace.groups
      .map(({ name, members }) =>
        [name, ...Array.from(members, ({ email }) => email).sort()].join(' '),
      )
      .sort(),
  }
}

function newWorkspace(people: number): Workspace {
  const workspace = new Workspace()
  const groups = [workspace.found(), workspace.found(), workspace.found()]
  for (let count = 0; count < people; count += 1) {
    const group = groups[count % groups.length]
    if (group) workspace.hire(group)
  }
  return workspace
}

/** Each tool as a function that makes a run, and repeats it as its schedule would. */
const tools: readonly (readonly [
  string,
  (scim: ScimClient) => (of: Workspace) => Promise<void>,
])[] = [
  [
    'ssosync',
    (scim) => async (workspace) => {
      await runSsosync(scim, workspace)
      // A person with another address is taken out of teams and comes back with the next run.
      await runSsosync(scim, workspace)
    },
  ],
  [
    'idp-scim-sync',
    (scim) => {
      const tool = new IdpScimSync(scim)
      return async (workspace) => {
        // It takes members out of a group that it has deleted: 404, until its state is deleted.
        await tool.run(workspace).catch(async () => {
          tool.forgetState()
          await tool.run(workspace)
        })
      }
    },
  ],
]

describe.each(tools)('%s with the profile aws', (_, start) => {
  it('ends each day of a week with the directory that the workspace has', async () => {
    await fc.assert(
      fc.asyncProperty(week, async (days) => {
        const scim = await tenant({ profile: 'aws' })
        const run = start(scim)
        const workspace = newWorkspace(9)
        await run(workspace)
        for (const day of days) {
          for (const happening of day) workspace.happen(happening)
          await run(workspace)
          expect(await directoryOf(scim), JSON.stringify(day)).toEqual(wantedOf(workspace))
        }
      }),
      { numRuns: 3 },
    )
  })

  it('suspends 60 people and brings them back', async () => {
    const scim = await tenant({ profile: 'aws' })
    const run = start(scim)
    const workspace = newWorkspace(60)
    await run(workspace)
    for (const isSuspended of [true, false]) {
      for (const one of workspace.people) one.isSuspended = isSuspended
      await run(workspace)
      const { totalResults } = (await scim.call('GET', `/Users?filter=active eq ${!isSuspended}`))
        .body
      expect(totalResults).toBe(60)
    }
  })
})

describe('idp-scim-sync', () => {
  it('ends with 404 after a group with members is gone, until its state is deleted', async () => {
    const scim = await tenant({ profile: 'aws' })
    const tool = new IdpScimSync(scim)
    const workspace = newWorkspace(6)
    await tool.run(workspace)
    workspace.groups.splice(0, 1)
    for (let count = 0; count < 2; count += 1) {
      await expect(tool.run(workspace)).rejects.toThrow('404')
    }
    tool.forgetState()
    await tool.run(workspace)
    await tool.run(workspace)
    expect(await directoryOf(scim)).toEqual(wantedOf(workspace))
  })
})

describe('the profile aws', () => {
  it('shows teams in lists without members, unless they are asked for', async () => {
    const scim = await tenant({ profile: 'aws' })
    const { id } = (await scim.call('POST', '/Users', person())).body
    const body = { displayName: 'Ops', members: [{ value: id }] }
    const team = (await scim.call('POST', '/Groups', body)).body.id
    const search = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'] }
    const shown = async (path: string) => (await scim.call('GET', path)).body.Resources[0]
    expect(await shown('/Groups')).not.toHaveProperty('members')
    expect(await shown('/Groups?filter=displayName+eq+"Ops"')).not.toHaveProperty('members')
    expect(await shown('/Groups?excludedAttributes=externalId')).not.toHaveProperty('members')
    const { Resources } = (await scim.call('POST', '/Groups/.search', search)).body
    expect(Resources[0]).not.toHaveProperty('members')
    expect((await shown('/Groups?attributes=members')).members).toHaveLength(1)
    expect((await scim.call('GET', `/Groups/${team}`)).body.members).toHaveLength(1)
    expect((await findTeam(scim, 'Ops')).id).toBe(team)
    await admin.call('PATCH', `/tenants/${scim.slug}`, { profile: 'auto' })
    expect((await shown('/Groups')).members).toHaveLength(1)
    await expect(findTeam(scim, 'Ops')).rejects.toThrow('not text')
  })

  it('reads no "active" as inactive, unless the setting says otherwise', async () => {
    const { active: _, ...silent } = person()
    const states: unknown[] = []
    for (const settings of [
      { profile: 'aws' },
      { profile: 'aws', withoutActive: 'keep' },
      { profile: 'auto' },
      { profile: 'auto', withoutActive: 'inactive' },
    ]) {
      const scim = await tenant(settings)
      states.push((await scim.call('POST', '/Users', silent)).body.active)
    }
    expect(states).toEqual([false, true, true, false])
  })

  it('follows the profile when a tenant takes another one', async () => {
    const scim = await tenant({ profile: 'auto' })
    const { id } = (await scim.call('POST', '/Users', person())).body
    await admin.call('PATCH', `/tenants/${scim.slug}`, { profile: 'aws' })
    const { active: _, ...silent } = person()
    expect((await scim.call('PUT', `/Users/${id}`, silent)).body.active).toBe(false)
  })

  it('pages by a cursor without a value', async () => {
    const scim = await tenant({ profile: 'aws' })
    for (const displayName of ['A', 'B', 'C']) await scim.call('POST', '/Groups', { displayName })
    const names: string[] = []
    for (let cursor = 'cursor'; cursor !== '';) {
      const { body } = await scim.call('GET', `/Groups?${cursor}&count=2`)
      for (const { displayName } of body.Resources) names.push(displayName)
      cursor = body.nextCursor === undefined ? '' : `cursor=${body.nextCursor}`
    }
    expect(names).toEqual(['A', 'B', 'C'])
  })
})
