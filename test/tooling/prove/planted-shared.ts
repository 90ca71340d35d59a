/** A fault for each check that more than one kit cites, or could. */
import type { Check } from '../../../scripts/prove/check.ts'
import * as batch from '../../../scripts/prove/checks/batch.ts'
import * as bodies from '../../../scripts/prove/checks/bodies.ts'
import * as discovery from '../../../scripts/prove/checks/discovery.ts'
import * as members from '../../../scripts/prove/checks/members.ts'
import * as oauth from '../../../scripts/prove/checks/oauth.ts'
import { hasGroupAttributes, hasUserAttributes } from '../../../scripts/prove/kits/ipsie.ts'
import { keepsWhatItDescribes } from '../../../scripts/prove/checks/whole.ts'
import * as mapped from '../../../scripts/prove/checks/mapped.ts'
import {
  answers,
  heads,
  ignores,
  later,
  operations,
  reads,
  refuses,
  says,
  shows,
  takes,
  unfiltered,
  type Fault,
} from './faults.ts'

export type Planted = readonly (readonly [Check, Fault])[]

const config = /^\/ServiceProviderConfig/
const schemas = /^\/Schemas$/
const users = /^\/Users$/
const user = /^\/Users\/[\w-]+$/
const groups = /^\/Groups$/
const group = /^\/Groups\/[\w-]+$/

/** Takes no body of one media type. */
const refusesType =
  (type: string): Fault =>
  (send) =>
  (url, init) =>
    new Headers(init.headers).get('Content-Type') === type
      ? Promise.resolve(new Response(null, { status: 415 }))
      : send(url, init)

/** Edits one attribute in the description of all schemas. */
const describesOtherwise = (name: string, edit: (attribute: any) => void): Fault =>
  shows('GET', schemas, (body) => {
    for (const schema of body.Resources)
      for (const attribute of schema.attributes) if (attribute.name === name) edit(attribute)
  })

const addsAttribute = (name: string): Fault =>
  shows('GET', schemas, (body) => {
    body.Resources[0].attributes.push({ name, type: 'string', multiValued: false })
  })

export const plantedInDiscovery: Planted = [
  [discovery.tellsItsFeatures, shows('GET', config, (body) => void delete body.bulk)],
  [
    discovery.tellsItsTypes,
    shows('GET', /^\/ResourceTypes/, (body) => void delete body.Resources[1].endpoint),
  ],
  [
    discovery.namesTypesById,
    shows('GET', /^\/ResourceTypes/, (body) => void (body.Resources[1].id = 'team')),
  ],
  [discovery.describesSchemas, shows('GET', schemas, (body) => void body.Resources.pop())],
  [
    discovery.describesAttributes,
    describesOtherwise('title', (attribute) => (attribute.mutability = null)),
  ],
  [
    discovery.declaresTypes,
    describesOtherwise('roles', ({ subAttributes }) => {
      delete subAttributes.find(({ name }: any) => name === 'type').canonicalValues
    }),
  ],
  [discovery.isOnlyRead, answers('POST', schemas, 201, {})],
  [
    discovery.refusesFiltersOfDiscovery,
    answers('GET', /^\/Schemas\?/, 200, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 0,
      Resources: [],
    }),
  ],
  [
    discovery.claimsInteroperability,
    shows('GET', config, (body) => void (body.interopProfileConformant = false)),
  ],
  [discovery.hasNoPassword, addsAttribute('password')],
  [discovery.hasNoCredentials, addsAttribute('totpSeed')],
  [discovery.tellsOfPages, shows('GET', config, (body) => void delete body.pagination)],
  [
    discovery.offersNoBasic,
    shows('GET', config, (body) => void body.authenticationSchemes.push({ type: 'httpbasic' })),
  ],
  [
    discovery.offersNoBasic,
    shows('GET', config, (body) => void body.authenticationSchemes.push({ type: 'HttpBasic' })),
  ],
  [discovery.offersNoBasic, shows('GET', config, (body) => void delete body.authenticationSchemes)],
  [hasUserAttributes, describesOtherwise('displayName', (attribute) => (attribute.name = 'label'))],
  [hasGroupAttributes, describesOtherwise('members', (attribute) => (attribute.name = 'people'))],
  [keepsWhatItDescribes, takes('POST', users, (body) => void delete body.nickName)],
  [mapped.discoversMapped, describesOtherwise('title', (attribute) => (attribute.name = 'job'))],
  [mapped.updatesMapped, operations((one) => void (one.value = 'other'))],
  [
    mapped.clearsByNull,
    operations((one) => void (one.value = one.value === null ? 'null' : one.value)),
  ],
]

export const plantedInBodies: Planted = [
  [
    bodies.refusesUnknownAttributes,
    takes('POST', users, (body) => void delete body.noSuchAttribute),
  ],
  [bodies.refusesUnknownSchemas, refuses('POST', users, 400, { scimType: 'invalidValue' })],
  [bodies.refusesPasswords, takes('POST', users, (body) => void delete body.password)],
  [bodies.wantsRequiredValues, refuses('POST', users, 500)],
  [bodies.refusesWrongTypes, takes('POST', users, (body) => void delete body.name)],
  [bodies.refusesMalformedJson, answers('POST', users, 500)],
  [bodies.refusesMalformedJson, refuses('POST', users, 400, { scimType: 'invalidValue' })],
  [bodies.answersInScim, heads('GET', /^\/Users\?/, 'Content-Type', 'application/json')],
  [bodies.takesScimJson, refusesType('application/scim+json; charset=utf-8')],
  [bodies.takesPlainJson, refusesType('application/json')],
  [bodies.refusesStrangers, refuses('GET', /^\/Users\?count=1/, 403)],
  [bodies.challengesStrangers, heads('GET', /./, 'WWW-Authenticate')],
  [
    bodies.explainsWithoutLeaking,
    refuses('POST', users, 400, { detail: 'Error: boom\n    at run (/srv/app/index.js:1:2)' }),
  ],
  [bodies.returnsWhatIsNull, shows('GET', user, (body) => void (body.title = 'null'))],
  [
    bodies.movesItsTimes,
    shows('GET', user, (body) => void (body.meta.created = '2011-05-13T04:42:34Z')),
  ],
  [
    bodies.movesItsTimes,
    shows('GET', user, (body) => void (body.meta.lastModified = body.meta.created)),
  ],
  [bodies.isNamedInAnyCase, takes('POST', users, (body) => void delete body.TITLE)],
  [
    bodies.neverTellsPasswords,
    shows('POST', users, (body) => void (body.password = 'Correct-Horse-7')),
  ],
  [
    bodies.neverTellsPasswords,
    shows('GET', user, (body) => void (body.password = 'Correct-Horse-7')),
  ],
]

const inTeam = (edit: (team: any) => void): Fault => shows('GET', group, edit)

export const plantedInMembers: Planted = [
  [members.addsMembers, ignores('PATCH', group)],
  [members.removesMembers, operations((one) => void (one.path = 'members'))],
  [
    members.replacesMembers,
    operations((one) => void (one.op = one.op === 'replace' ? 'add' : one.op)),
  ],
  [members.filtersByMember, unfiltered()],
  [members.showsTeamsOfPeople, shows('GET', user, (body) => void delete body.groups)],
  [members.forgetsTheDeleted, inTeam((body) => void (body.members = [{ value: 'somebody' }]))],
  [members.takesFiftyMembers, takes('PATCH', group, (body) => void (body.Operations.length = 20))],
  [
    members.showsMembersWhole,
    inTeam((body) => body.members.forEach((member: any) => void delete member.$ref)),
  ],
  [
    members.listsTeams,
    reads(/excludedAttributes/, (url) => url.replace('excludedAttributes=members', '')),
  ],
]

const bulk = /^\/Bulk$/

export const plantedInBatches: Planted = [
  [batch.supportsBulk, shows('GET', config, (body) => void (body.bulk.supported = false))],
  [
    batch.resolvesBulkIds,
    takes('POST', bulk, (body) => void delete body.Operations[1].data.members),
  ],
  [batch.countsBulkErrors, takes('POST', bulk, (body) => void delete body.failOnErrors)],
  [
    batch.countsBulkErrors,
    (send) =>
      takes(
        'POST',
        bulk,
        (body) => void delete body.failOnErrors,
      )(shows('POST', bulk, (body) => void body.Operations.pop())(send)),
  ],
  [batch.measuresBulk, takes('POST', bulk, (body) => void body.Operations.pop())],
  [batch.keepsThePace, later('PATCH', user, refuses('PATCH', /./, 429), 10)],
  [
    batch.guardsByTags,
    (send) => (url, init) => {
      const headers = new Headers(init.headers)
      headers.delete('If-Match')
      return send(url, { ...init, headers })
    },
  ],
  [batch.sparesAnswersByTags, says('GET', user, 200)],
]

const token = /^\/token$/

export const plantedInSignIns: Planted = [
  [oauth.givesTokensForSecrets, shows('POST', token, (body) => void (body.expires_in = 86_400))],
  [oauth.givesTokensForAssertions, refuses('POST', token, 401, { error: 'invalid_client' })],
  [oauth.givesTokensForKeys, shows('POST', token, (body) => void (body.access_token = 'other'))],
  [oauth.givesTheScope, shows('POST', token, (body) => void (body.scope = 'scim admin'))],
  [oauth.hasMetadata, shows('GET', /^\/?$/, (body) => void delete body.token_endpoint)],
]

export const patterns = { users, user, groups, group }
