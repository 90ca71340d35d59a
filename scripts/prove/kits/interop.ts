/** The SCIM 2.0 Interoperability Profile, as far as it is about service providers. */
import { must, should, type Kit, type Part } from '../check.ts'
import * as bodies from '../checks/bodies.ts'
import * as discovery from '../checks/discovery.ts'
import * as life from '../checks/lifecycle.ts'
import * as lists from '../checks/lists.ts'
import * as patching from '../checks/patching.ts'
import { keepsWhatItDescribes } from '../checks/whole.ts'

export const interopParts: readonly Part[] = [
  {
    title: 'Conformance and data model',
    checks: [
      must('4', discovery.claimsInteroperability),
      must('5.1', discovery.tellsItsFeatures),
      must('5.1', discovery.describesSchemas),
      must('5.1', keepsWhatItDescribes),
      must('5.1', discovery.namesTypesById),
      must('5.2', life.comparesNamesWithoutCase),
      must('5.2', life.comparesIdsByCase),
      must('5.2', life.comparesExternalIdsByCase),
      must('5.3', bodies.refusesUnknownAttributes),
      must('5.3', bodies.refusesUnknownSchemas),
      must('5.3', patching.refusesUnknownPaths),
      must('5.4', discovery.declaresTypes),
    ],
  },
  {
    title: 'Protocol',
    checks: [
      must('6.1', discovery.tellsItsTypes),
      must('6.1', life.readsPeople),
      must('6.1', life.addressesByIdAlone),
      must('6.2', bodies.answersInScim),
      must('6.3', lists.filtersByName),
      must('6.3', lists.filtersByAnd),
      must('6.3', lists.refusesUnknownFilters),
      must('6.3', lists.refusesUnknownFiltersOfTeams),
      must('6.4', lists.pagesSomehow),
      must('6.4', lists.takesACountOfHundred),
      should('6.4', lists.listsAll),
    ],
  },
  {
    title: 'PATCH',
    checks: [
      must('6.5.1.1', patching.refusesWithoutPath),
      must('6.5.1.2', patching.changesSeveralAtOnce),
      must('6.5.2.1 (1)', patching.changesSimpleValues),
      must('6.5.2.1 (2)', patching.changesParts),
      must('6.5.2.1 (3)', patching.replacesComplexWhole),
      must('6.5.2.1 (3)', patching.mergesComplex),
      must('6.5.2.2 (1)', patching.replacesLists),
      must('6.5.2.2 (1)', patching.appendsToLists),
      must('6.5.2.2 (2)', patching.changesOneEntry),
      should('6.5.3', patching.refusesWholeEntries),
      should('6.5.3', patching.refusesSeveralEntries),
    ],
  },
  {
    title: 'Life, errors and security',
    checks: [
      must('6.6', life.keepsThePatched),
      must('6.6', life.deletesPeople),
      must('6.6', life.omitsTheDeleted),
      must('6.6', life.freesNames),
      must('6.9.1', life.refusesTwins),
      must('6.9.1', life.refusesTwinsByPatch),
      must('7.1', bodies.isEncrypted),
      should('7.2', discovery.offersNoBasic),
    ],
  },
]

export const interop: Kit = {
  name: 'interop',
  title: 'SCIM 2.0 Interoperability Profile',
  source: 'draft-zollner-scim-interop-profile-01 (15 April 2026), whose sections are named here',
  parts: interopParts,
}
