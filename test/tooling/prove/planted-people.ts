/** A fault for each check of people, of teams, of PATCH and of lists. */
import * as life from '../../../scripts/prove/checks/lifecycle.ts'
import * as lists from '../../../scripts/prove/checks/lists.ts'
import * as patching from '../../../scripts/prove/checks/patching.ts'
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
} from './faults.ts'
import { patterns, type Planted } from './planted-shared.ts'

const { users, user, groups, group } = patterns

/** A filter by what stands for its operator in an address. */
const otherOperator = (from: string, to: string) =>
  reads(/filter=/, (url) => url.replace(`%20${from}%20`, `%20${to}%20`))

export const plantedInLives: Planted = [
  [life.createsPeople, shows('POST', users, (body) => void (body.displayName = 'Somebody'))],
  [life.tellsWhereItIs, heads('POST', users, 'Location')],
  [life.readsPeople, shows('GET', user, (body) => void (body.id = 'other'))],
  [life.hidesPasswords, shows('POST', users, (body) => void (body.password = 'x'))],
  [life.hidesPasswords, shows('GET', user, (body) => void (body.password = 'x'))],
  [life.hidesPasswords, shows('PATCH', user, (body) => void (body.password = null))],
  [
    life.hidesPasswords,
    shows('GET', /^\/Users\?/, (body) => void (body.Resources[0].password = 'x')),
  ],
  [life.knowsNobodyElse, refuses('GET', user, 404, { detail: '' })],
  [life.replacesPeople, ignores('PUT', user)],
  [life.replacesPeople, shows('PUT', user, (body) => void (body.id = 'another'))],
  [life.suspendsPeople, operations((one) => void (one.value = true))],
  [life.suspendsPeople, shows('PATCH', user, (body) => void (body.id = 'another'))],
  [
    life.keepsThePatched,
    reads(/filter=/, (url) => url.replace('filter=', 'filter=active%20eq%20true%20and%20')),
  ],
  [life.deletesPeople, ignores('DELETE', user)],
  [life.omitsTheDeleted, ignores('DELETE', user)],
  [life.freesNames, later('POST', users, refuses('POST', users, 409))],
  [life.refusesTwins, later('POST', users, says('POST', users, 400))],
  [life.refusesTwinsByPatch, ignores('PATCH', user)],
  [life.refusesTwinsByPatch, refuses('PATCH', user, 400, { scimType: 'uniqueness' })],
  [life.refusesTwinsByPatchAnyhow, ignores('PATCH', user)],
  [
    life.comparesNamesWithoutCase,
    reads(/filter=/, (url) => url.replace('userName%20eq', 'externalId%20eq')),
  ],
  [life.comparesIdsByCase, reads(user, (url) => url.replace(/[^/]+$/, (id) => id.toLowerCase()))],
  [
    life.comparesExternalIdsByCase,
    reads(/filter=/, (url) => url.replace(/%22(.*)%22/, (text) => text.toLowerCase())),
  ],
  [life.addressesByIdAlone, answers('GET', /^\/Users\/.*%40/, 200, {})],
  [life.createsTeams, shows('GET', group, (body) => void (body.members = [{ value: 'x' }]))],
  [life.renamesTeams, ignores('PATCH', group)],
  [life.refusesTwinTeams, later('POST', groups, says('POST', groups, 201))],
  [life.deletesTeams, ignores('DELETE', group)],
  [life.keepsExternalIdsOfTeams, takes('POST', groups, (body) => void delete body.externalId)],
  [life.keepsExternalIds, shows('GET', user, (body) => void delete body.externalId)],
]

const only = (op: string, edit: (operation: any) => unknown) =>
  operations((one) => (one.op === op ? edit(one) : one))

export const plantedInPatches: Planted = [
  [
    patching.changesSimpleValues,
    takes('PATCH', user, (body) => void (body.Operations[0].value = 'x')),
  ],
  [
    patching.changesSeveralAtOnce,
    takes('PATCH', user, (body) => void (body.Operations.length = 1)),
  ],
  [patching.changesParts, ignores('PATCH', user)],
  [patching.replacesComplexWhole, shows('GET', user, (body) => void (body.name.middleName = 'M.'))],
  [patching.replacesGivenParts, shows('GET', user, (body) => void delete body.name.familyName)],
  [patching.mergesComplex, shows('GET', user, (body) => void delete body.name.givenName)],
  [patching.replacesLists, only('replace', (one) => void (one.op = 'add'))],
  [patching.appendsToLists, only('add', (one) => void (one.op = 'replace'))],
  [
    patching.changesOneEntry,
    operations((one) => void (one.path = one.path.replace('"work"', '"mobile"'))),
  ],
  [patching.removesValues, ignores('PATCH', user)],
  [patching.removesOneEntry, operations((one) => void (one.path = 'phoneNumbers'))],
  [patching.changesWithoutPath, operations((one) => void delete one.value.nickName)],
  [
    patching.changesExtensions,
    shows('GET', user, (body) => void (body.schemas = body.schemas.slice(0, 1))),
  ],
  [patching.isAllOrNothing, shows('GET', user, (body) => void (body.title = 'Head'))],
  [patching.keepsReadOnly, refuses('PATCH', user, 400, { scimType: 'invalidPath' })],
  [patching.refusesUnknownPaths, refuses('PATCH', user, 400, { scimType: 'invalidPath' })],
  [patching.refusesUnreadablePaths, answers('PATCH', user, 500)],
  [patching.refusesUnknownOperations, ignores('PATCH', user)],
  [patching.refusesWithoutPath, refuses('PATCH', user, 400, { scimType: 'noTarget' })],
  [patching.refusesWholeEntries, ignores('PATCH', user)],
  [patching.refusesSeveralEntries, refuses('PATCH', user, 409, { scimType: 'invalidFilter' })],
  [patching.refusesNoTarget, refuses('PATCH', user, 400, { scimType: 'invalidValue' })],
]

const startOver = reads(/startIndex/, (url) => url.replace(/startIndex=\d+/, 'startIndex=1'))

export const plantedInLists: Planted = [
  [lists.filtersByName, unfiltered()],
  [lists.filtersByExternalId, unfiltered()],
  [lists.filtersByEmail, otherOperator('eq', 'ne')],
  [
    lists.filtersByWorkEmail,
    reads(/filter=/, (url) => url.replace(/type%20eq%20%22\w+%22%20and%20/, '')),
  ],
  [lists.filtersByAnd, otherOperator('and', 'or')],
  [lists.filtersByOperators, refuses('GET', /%20sw%20/, 400, { scimType: 'invalidFilter' })],
  [lists.filtersByOrder, otherOperator('le', 'ge')],
  [lists.findsNobody, shows('GET', /filter=/, (body) => void (body.Resources = [{ id: 'x' }]))],
  [lists.filtersWithoutCase, refuses('GET', /USERNAME/, 400, { scimType: 'invalidFilter' })],
  [lists.findsNobody, refuses('GET', /filter=/, 404)],
  [lists.refusesUnknownFilters, unfiltered()],
  [lists.refusesUnknownFiltersOfTeams, refuses('GET', /filter=/, 400, { scimType: 'invalidPath' })],
  [lists.refusesUnreadableFilters, answers('GET', /filter=/, 500)],
  [lists.pagesByIndex, startOver],
  [lists.pagesByIndex, shows('GET', /count=2/, (body) => void delete body.itemsPerPage)],
  [lists.pagesSomehow, startOver],
  [lists.countsWithoutPeople, reads(/count=0/, (url) => url.replace('count=0', 'count=1'))],
  [lists.pagesByCursor, shows('GET', /cursor=/, (body) => void delete body.nextCursor)],
  [lists.takesACountOfHundred, refuses('GET', /count=1000000/, 400)],
  [lists.listsAll, shows('GET', users, (body) => void (body.Resources = []))],
  [
    lists.listsAtMostThousand,
    shows('GET', /^\/ServiceProviderConfig/, (body) => void (body.filter.maxResults = 5_000)),
  ],
  [lists.sortsByName, shows('GET', /sortBy/, (body) => void (body.Resources = []))],
  [lists.sortsByName, reads(/sortBy/, (url) => url.replace('descending', 'ascending'))],
  [lists.showsWhatIsAskedFor, reads(/attributes=/i, (url) => url.replace(/\?.*/, ''))],
  [lists.searchesByPost, takes('POST', /\.search/, (body) => void delete body.filter)],
]
