/** The 25 tests that Microsoft runs before an application comes into Entra's gallery. */
import { must, should, type Kit } from '../check.ts'
import { createsPeople, createsTeams } from '../checks/lifecycle.ts'
import { clearsByNull, discoversMapped, updatesMapped } from '../checks/mapped.ts'
import { givesTokensForAssertions, givesTokensForSecrets } from '../checks/oauth.ts'
import * as groups from './entra-groups.ts'
import * as users from './entra-users.ts'

export const entra: Kit = {
  name: 'entra',
  title: 'Microsoft Entra gallery: 25 validation tests',
  source:
    'SCIM Provisioning Validation, Test Overview (AzureAD/SCIMReferenceCode), as of 26 August 2026',
  parts: [
    {
      title: 'People',
      checks: [
        must('1 Create_User_Test', users.creates),
        must('2 Update_User_Test', users.updates),
        must('3 Disable_User_Test', users.disables),
        should('4 Delete_User_Test', users.deletes),
        must('5 User_Update_Manager_Test', users.movesManagers),
        must('6 Restore_User_Test', users.restores),
        must('7 POD_User_Test', users.isProvisionedOnDemand),
      ],
    },
    {
      title: 'Groups',
      checks: [
        must('8 Create_Group_Test', groups.creates),
        must('9 Update_Group_Test', groups.updates),
        should('10 Delete_Group_Test', groups.deletes),
        must('11 Group_Update_Add_Member_Test', groups.addsMembers),
        must('12 Group_Update_Remove_Member_Test', groups.removesMembers),
        must('13 POD_Group_Test', groups.isProvisionedOnDemand),
        should('14 Restore_Group_Test', groups.restores),
      ],
    },
    {
      title: 'Direct',
      checks: [
        must('15 Schema_Discoverability_Test', discoversMapped),
        must('16 SCIM_Null_Update_Test', clearsByNull),
        must('17 SCIM_User_Create_Test', createsPeople),
        must('18 SCIM_User_Update_Test', updatesMapped),
        must('19 SCIM_Group_Create_Test', createsTeams),
        must('20 SCIM_Group_Update_Test', groups.updatesDirectly),
        must('21 Validate_Credentials_Test', givesTokensForSecrets),
        must('22 Federated_Identity_Test', givesTokensForAssertions),
        must('23 SCIM_User_Pagination_Test', groups.pagesUsers),
        should('24 SCIM_Group_Pagination_Test', groups.pagesGroups),
        must('25 SCIM_Update_Manager_Test', users.clearsManagers),
      ],
    },
  ],
  oneOf: {
    names: [givesTokensForSecrets.name, givesTokensForAssertions.name],
    problem:
      'One of the two tests of credentials (21, 22) has to pass: the gallery takes no long-lived bearer token. ' +
      'Make an OAuth client at the server, and start the kit with its --client-id and --client-secret, ' +
      'or with --assertion, in place of --token.',
  },
}
