/** A fault for each check in the requests of Entra, Okta and OneLogin. */
import * as entraGroups from '../../../scripts/prove/kits/entra-groups.ts'
import * as entraUsers from '../../../scripts/prove/kits/entra-users.ts'
import * as oktaGroups from '../../../scripts/prove/kits/okta-groups.ts'
import * as oktaPeople from '../../../scripts/prove/kits/okta-people.ts'
import * as oneloginPeople from '../../../scripts/prove/kits/onelogin-people.ts'
import * as oneloginTeams from '../../../scripts/prove/kits/onelogin-teams.ts'
import {
  answers,
  ignores,
  later,
  operations,
  reads,
  refuses,
  says,
  shows,
  takes,
  unfiltered,
} from './faults.ts'
import { patterns, type Planted } from './planted-shared.ts'

const { users, user, groups, group } = patterns
const lookUp = /filter=/

/** A server that keeps the manager whatever is sent. */
const keepsManager = later('PATCH', user, ignores('PATCH', user), 2)

export const plantedInEntra: Planted = [
  [entraUsers.creates, refuses('GET', lookUp, 404)],
  [
    entraUsers.updates,
    operations((one) => void (one.path = one.path.replace(/^emails.*/, 'nickName'))),
  ],
  [entraUsers.disables, operations((one) => void (one.value = true))],
  [entraUsers.deletes, ignores('DELETE', user)],
  [entraUsers.movesManagers, keepsManager],
  [entraUsers.clearsManagers, keepsManager],
  [entraUsers.restores, later('POST', users, refuses('POST', users, 409))],
  [
    entraUsers.isProvisionedOnDemand,
    reads(/externalId/, (url) => url.replace('externalId', 'nickName')),
  ],
  [entraGroups.creates, reads(lookUp, (url) => url.replace('excludedAttributes=members', 'x=y'))],
  [entraGroups.updates, ignores('PATCH', group)],
  [entraGroups.deletes, ignores('DELETE', group)],
  [entraGroups.addsMembers, operations((one) => void one.value.pop())],
  [entraGroups.removesMembers, operations((one) => void (one.op === 'Remove' && delete one.value))],
  [entraGroups.isProvisionedOnDemand, later('GET', lookUp, refuses('GET', lookUp, 503), 1)],
  [entraGroups.restores, later('POST', groups, refuses('POST', groups, 409))],
  [entraGroups.updatesDirectly, takes('PATCH', group, (body) => void body.Operations.pop())],
  [entraGroups.pagesUsers, shows('GET', /startIndex/, (body) => void (body.startIndex = 1))],
  [
    entraGroups.pagesGroups,
    later(
      'GET',
      /startIndex/,
      reads(/./, (url) => url.replace(/startIndex=\d+/, 'startIndex=1')),
      1,
    ),
  ],
]

export const plantedInOkta: Planted = [
  [
    oktaPeople.showsTheFirst,
    shows('GET', /count=1/, (body) => void (body.totalResults = String(body.totalResults))),
  ],
  [oktaPeople.readsAgain, shows('GET', user, (body) => void (body.id = 'other'))],
  [oktaPeople.looksUpNobody, refuses('GET', lookUp, 404)],
  [oktaPeople.explainsUnknownIds, refuses('GET', user, 404, { status: 404 })],
  [oktaPeople.creates, shows('POST', users, (body) => void (body.active = false))],
  [oktaPeople.refusesTwice, says('POST', users, 201)],
  [oktaPeople.refusesNoToken, refuses('GET', /./, 401, { detail: undefined })],
  [oktaPeople.passesOverPasswords, refuses('POST', users, 400)],
  [oktaPeople.replaces, takes('PUT', user, (body) => void (body.active = false))],
  [oktaPeople.deactivates, ignores('PATCH', user)],
  [oktaPeople.deactivatesByPut, takes('PUT', user, (body) => void delete body.active)],
  [oktaPeople.importsByPages, shows('GET', /startIndex/, (body) => void body.Resources.pop())],
  [oktaGroups.listsGroups, refuses('GET', /^\/Groups/, 501)],
  [oktaGroups.pushes, unfiltered()],
  [oktaGroups.renames, ignores('PATCH', group)],
  [oktaGroups.exchangesMembers, takes('PATCH', group, (body) => void body.Operations.pop())],
  [oktaGroups.pushesNow, later('PATCH', group, ignores('PATCH', group))],
  [oktaGroups.replacesGroups, takes('PUT', group, (body) => void (body.members = []))],
  [oktaGroups.unlinks, ignores('DELETE', group)],
  [
    oktaGroups.importsSchemas,
    shows('GET', /^\/Schemas/, (body) => void delete body.Resources[0].attributes[0].type),
  ],
  [
    oktaGroups.listsEntitlements,
    shows('GET', /^\/ResourceTypes/, (body) => {
      const schema = 'urn:okta:scim:schemas:core:1.0:Role'
      body.Resources.push({ id: 'Role', name: 'Role', endpoint: '/Roles', schema })
    }),
  ],
  [oktaGroups.keepsRoles, takes('POST', users, (body) => void delete body.roles)],
  [oktaGroups.keepsEntitlements, takes('PUT', user, (body) => void delete body.entitlements)],
]

export const plantedInOneLogin: Planted = [
  [oneloginPeople.connects, answers('GET', lookUp, 500)],
  [oneloginPeople.refusesStrangers, refuses('GET', lookUp, 400)],
  [oneloginPeople.creates, later('GET', lookUp, refuses('GET', lookUp, 404))],
  [oneloginPeople.takesOwnUrns, ignores('PUT', /^\/Users/)],
  [oneloginPeople.updates, says('PUT', /^\/Users/, 405)],
  [
    oneloginPeople.renamesPeople,
    takes('PUT', /^\/Users/, (body) => void (body.userName = 'other@example.com')),
  ],
  [oneloginPeople.suspends, takes('PUT', /^\/Users/, (body) => void delete body.active)],
  [
    oneloginPeople.keepsSilentActive,
    takes('PUT', /^\/Users/, (body) => void (body.active = false)),
  ],
  [oneloginPeople.deletes, ignores('DELETE', /^\/Users/)],
  [
    oneloginPeople.refusesSpecialCharacters,
    takes('POST', /^\/Users/, (body) => void (body.name = { familyName: 'Prover' })),
  ],
  [oneloginPeople.refusesCapitals, takes('POST', /^\/Users/, (body) => void delete body.emails)],
  [oneloginTeams.refreshes, reads(/^\/Groups$/, (url) => `${url}?count=0`)],
  [
    oneloginTeams.creates,
    takes('POST', groups, (body) => void (body.displayName = body.displayName.toLowerCase())),
  ],
  [oneloginTeams.takesOwnUrn, refuses('POST', groups, 400)],
  [oneloginTeams.renames, later('PATCH', /^\/Groups/, ignores('PATCH', /./))],
  [oneloginTeams.addsMembers, later('PATCH', /^\/Groups/, ignores('PATCH', /./), 5)],
  [oneloginTeams.addsTwice, shows('GET', group, (body) => void body.members.push(...body.members))],
  [oneloginTeams.removesMembers, later('PATCH', /^\/Groups/, ignores('PATCH', /./), 4)],
  [oneloginTeams.speaksVersion1, refuses('PATCH', /^\/Groups/, 400)],
]
