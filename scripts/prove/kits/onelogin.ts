/** What OneLogin's SCIM applications do, in their requests. */
import { must, should, type Kit } from '../check.ts'
import * as people from './onelogin-people.ts'
import * as teams from './onelogin-teams.ts'

export const onelogin: Kit = {
  name: 'onelogin',
  title: 'OneLogin: SCIM Provisioner with SAML (SCIM v2)',
  source:
    'developers.onelogin.com "Implement your SCIM API", its sample server, and a recorded trace of September 2024',
  parts: [
    {
      title: 'Connection',
      checks: [
        must('Configuration: API status', people.connects),
        must('Configuration: bearer token', people.refusesStrangers),
      ],
    },
    {
      title: 'People',
      checks: [
        must('Create user', people.creates),
        must('Template as recorded', people.takesOwnUrns),
        must('Update user', people.updates),
        must('Update user: user name', people.renamesPeople),
        must('Suspend user', people.suspends),
        must('Template without active', people.keepsSilentActive),
        must('Delete user', people.deletes),
      ],
    },
    {
      title: 'Teams',
      checks: [
        must('Get groups (entitlements)', teams.refreshes),
        must('Create group', teams.creates),
        should('Create group: schemas as in the template', teams.takesOwnUrn),
        must('Patch group: name', teams.renames),
        must('Patch group: members in', teams.addsMembers),
        must('Reapply mappings', teams.addsTwice),
        must('Patch group: members out', teams.removesMembers),
        should('Patch group in SCIM 1.1 (sample server)', teams.speaksVersion1),
      ],
    },
    {
      title: 'Rules for values',
      checks: [
        should('Special characters in names', people.refusesSpecialCharacters),
        should('Capitals in e-mail addresses', people.refusesCapitals),
      ],
    },
  ],
}
