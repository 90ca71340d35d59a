/** RFC 7643 and RFC 7644, as far as a server can be seen to keep them from outside. */
import { must, should, type Kit } from '../check.ts'
import * as batch from '../checks/batch.ts'
import * as bodies from '../checks/bodies.ts'
import * as discovery from '../checks/discovery.ts'
import * as life from '../checks/lifecycle.ts'
import * as lists from '../checks/lists.ts'
import * as members from '../checks/members.ts'
import * as patching from '../checks/patching.ts'
import { keepsWhatItDescribes } from '../checks/whole.ts'

const schema = (section: string) => `RFC 7643, ${section}`
const protocol = (section: string) => `RFC 7644, ${section}`

export const rfc: Kit = {
  name: 'rfc',
  title: 'SCIM 2.0: RFC 7643 and RFC 7644',
  source:
    'RFC 7643 and RFC 7644 (September 2015), whose sections are named here; RFC 9865 for cursors',
  parts: [
    {
      title: 'Discovery',
      checks: [
        must(schema('5'), discovery.tellsItsFeatures),
        must(schema('6'), discovery.tellsItsTypes),
        must(schema('7'), discovery.describesSchemas),
        must(schema('7'), discovery.describesAttributes),
        must(schema('3'), keepsWhatItDescribes),
        must(protocol('4'), discovery.isOnlyRead),
        must(protocol('4'), discovery.refusesFiltersOfDiscovery),
      ],
    },
    {
      title: 'Resources',
      checks: [
        must(protocol('3.3'), life.createsPeople),
        must(protocol('3.3'), life.tellsWhereItIs),
        must(protocol('3.4.1'), life.readsPeople),
        must(protocol('3.4.1'), life.knowsNobodyElse),
        must(schema('7'), life.hidesPasswords),
        must(protocol('3.5.1'), life.replacesPeople),
        must(protocol('3.5.2'), life.suspendsPeople),
        must(protocol('3.6'), life.deletesPeople),
        must(protocol('3.6'), life.omitsTheDeleted),
        should(protocol('3.6'), life.freesNames),
        must(protocol('3.3.1'), life.refusesTwins),
        must(protocol('3.12'), life.refusesTwinsByPatchAnyhow),
        must(schema('4.1.1'), life.comparesNamesWithoutCase),
        must(schema('3.1'), life.keepsExternalIds),
        must(schema('3.1'), bodies.movesItsTimes),
        must(schema('2.1'), bodies.isNamedInAnyCase),
        must(schema('2.5'), bodies.returnsWhatIsNull),
        must(schema('4.1.1'), bodies.neverTellsPasswords),
      ],
    },
    {
      title: 'Teams',
      checks: [
        must(schema('4.2'), life.createsTeams),
        must(protocol('3.5.2'), life.renamesTeams),
        must(protocol('3.6'), life.deletesTeams),
        must(protocol('3.5.2.1'), members.addsMembers),
        must(protocol('3.5.2.2'), members.removesMembers),
        must(protocol('3.5.2.3'), members.replacesMembers),
        should(schema('2.4'), members.showsMembersWhole),
        should(schema('4.1.2'), members.showsTeamsOfPeople),
        should(schema('4.2'), members.forgetsTheDeleted),
        must(protocol('3.9'), members.listsTeams),
      ],
    },
    {
      title: 'PATCH',
      checks: [
        must(protocol('3.5.2.1'), patching.changesSimpleValues),
        must(protocol('3.5.2'), patching.changesSeveralAtOnce),
        must(protocol('3.5.2.3'), patching.changesParts),
        must(protocol('3.5.2.3'), patching.replacesGivenParts),
        must(protocol('3.5.2.1'), patching.mergesComplex),
        must(protocol('3.5.2.3'), patching.replacesLists),
        must(protocol('3.5.2.1'), patching.appendsToLists),
        must(protocol('3.5.2.3'), patching.changesOneEntry),
        must(protocol('3.5.2.2'), patching.removesValues),
        must(protocol('3.5.2.2'), patching.removesOneEntry),
        must(protocol('3.5.2.3'), patching.changesWithoutPath),
        must(protocol('3.10'), patching.changesExtensions),
        must(protocol('3.5.2'), patching.isAllOrNothing),
        must(protocol('3.5.2'), patching.keepsReadOnly),
        must(protocol('3.5.2.3'), patching.refusesNoTarget),
        must(protocol('3.12'), patching.refusesUnreadablePaths),
        must(protocol('3.12'), patching.refusesUnknownOperations),
      ],
    },
    {
      title: 'Lists',
      checks: [
        must(protocol('3.4.2'), lists.findsNobody),
        must(protocol('3.4.2.2'), lists.filtersByName),
        must(protocol('3.4.2.2'), lists.filtersByAnd),
        must(protocol('3.4.2.2'), lists.filtersByOperators),
        must(protocol('3.4.2.2'), lists.filtersByOrder),
        must(protocol('3.4.2.2'), lists.filtersWithoutCase),
        must(protocol('3.4.2.2'), lists.filtersByWorkEmail),
        must(protocol('3.12'), lists.refusesUnreadableFilters),
        must(protocol('3.4.2.3'), lists.sortsByName),
        must(protocol('3.4.2.4'), lists.pagesByIndex),
        must(protocol('3.4.2.4'), lists.countsWithoutPeople),
        should('RFC 9865, 2', lists.pagesByCursor),
        must(protocol('3.9'), lists.showsWhatIsAskedFor),
        should(protocol('3.4.3'), lists.searchesByPost),
      ],
    },
    {
      title: 'Bodies, errors and headers',
      checks: [
        must(protocol('3.1'), bodies.answersInScim),
        must(protocol('3.1'), bodies.takesScimJson),
        should(protocol('3.8'), bodies.takesPlainJson),
        must(protocol('3.12'), bodies.refusesMalformedJson),
        must(protocol('3.12'), bodies.wantsRequiredValues),
        must(protocol('3.12'), bodies.refusesWrongTypes),
        must(protocol('3.12'), bodies.refusesStrangers),
        must(protocol('2'), bodies.challengesStrangers),
        must(protocol('7.5.1'), bodies.explainsWithoutLeaking),
        must(protocol('7.2'), bodies.isEncrypted),
      ],
    },
    {
      title: 'Bulk and entity tags, where they are supported',
      checks: [
        must(protocol('3.7.2'), batch.resolvesBulkIds),
        must(protocol('3.7.3'), batch.countsBulkErrors),
        must(protocol('3.14'), batch.guardsByTags),
        must(protocol('3.14'), batch.sparesAnswersByTags),
      ],
    },
  ],
}
