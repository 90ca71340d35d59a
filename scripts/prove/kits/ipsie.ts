/** The IPSIE AL SCIM 2.0 Profile, as far as it is about applications, and can be seen from outside. */
import { must, should, type Kit } from '../check.ts'
import * as batch from '../checks/batch.ts'
import * as bodies from '../checks/bodies.ts'
import * as discovery from '../checks/discovery.ts'
import * as life from '../checks/lifecycle.ts'
import * as lists from '../checks/lists.ts'
import * as members from '../checks/members.ts'
import * as oauth from '../checks/oauth.ts'
import { urns } from '../resources.ts'
import { interopParts } from './interop.ts'

export const hasUserAttributes = discovery.describes(
  urns.user,
  ['userName', 'displayName', 'active'],
  'people',
)
export const hasGroupAttributes = discovery.describes(
  urns.group,
  ['displayName', 'members'],
  'teams',
)

export const ipsie: Kit = {
  name: 'ipsie',
  title: 'IPSIE AL SCIM 2.0 Profile, AL1 and AL2',
  source: 'IPSIE AL SCIM 2.0 Profile, Draft 00 (September 2026), whose sections are named here',
  parts: [
    {
      title: 'Signing in',
      checks: [
        must('4.1', oauth.givesTokensForKeys),
        must('4.1', oauth.givesTheScope),
        must('4.1', oauth.hasMetadata),
        must('4.1', bodies.refusesStrangers),
      ],
    },
    ...interopParts.map(({ title, checks }) => ({
      title: `Interoperability Profile: ${title}`,
      checks: checks.map((check) => ({ ...check, section: `4.2, profile ${check.section}` })),
    })),
    {
      title: 'Performance',
      checks: [
        must('4.3', batch.keepsThePace),
        must('4.3', batch.supportsBulk),
        must('4.3', batch.resolvesBulkIds),
        must('4.3', batch.measuresBulk),
      ],
    },
    {
      title: 'AL1: deprovisioning',
      checks: [
        must('5.1', life.suspendsPeople),
        must('5.4', lists.filtersByExternalId),
        must('5.4', lists.filtersByEmail),
        must('5.4', lists.filtersByWorkEmail),
      ],
    },
    {
      title: 'AL2: people',
      checks: [
        must('6.1.1', hasUserAttributes),
        must('6.1.1', life.keepsExternalIds),
        must('6.1.2', discovery.hasNoPassword),
        must('6.1.2', bodies.refusesPasswords),
        must('6.1.2', discovery.hasNoCredentials),
        must('6.1.3', life.createsPeople),
        should('6.1.5', lists.listsAtMostThousand),
        should('6.1.5', discovery.tellsOfPages),
        should('6.1.5', lists.pagesByCursor),
      ],
    },
    {
      title: 'AL2: teams',
      checks: [
        must('6.2.1', hasGroupAttributes),
        must('6.2.1, 6.2.5', life.keepsExternalIdsOfTeams),
        should('6.2.1', life.refusesTwinTeams),
        must('6.2.2, 6.2.4', life.createsTeams),
        must('6.2.3, 6.2.5', members.listsTeams),
        must('6.2.5', members.filtersByMember),
        must('6.2.6', life.renamesTeams),
        must('6.2.6', members.addsMembers),
        must('6.2.6', members.takesFiftyMembers),
      ],
    },
    {
      title: 'Security considerations',
      checks: [must('8', bodies.explainsWithoutLeaking)],
    },
  ],
}
