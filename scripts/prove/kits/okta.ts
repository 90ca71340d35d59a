/** What Okta tests of an integration, in sentences and steps of our own; `--suite` plays the published files. */
import { must, should, type Kit } from '../check.ts'
import * as groups from './okta-groups.ts'
import * as people from './okta-people.ts'

export const okta: Kit = {
  name: 'okta',
  title: 'Okta Integration Network: interface, changes, import, entitlements',
  source:
    'developer.okta.com: SCIM protocol, guides "Test your Okta SCIM integration", "SCIM with entitlements", ' +
    'and the files Okta-SCIM-20-SPEC-Test and Okta-SCIM-20-CRUD-Test, as of August 2026',
  parts: [
    {
      title: 'Interface (SPEC)',
      checks: [
        must('SPEC: Users endpoint', people.showsTheFirst),
        must('SPEC: user by id', people.readsAgain),
        must('SPEC: unknown user name', people.looksUpNobody),
        must('SPEC: unknown user id, status 404', people.explainsUnknownIds),
        must('SPEC: create, read, case of user names', people.creates),
        must('SPEC: create again', people.refusesTwice),
        should('SPEC: Groups endpoint (optional)', groups.listsGroups),
        must('SPEC: status 401', people.refusesNoToken),
      ],
    },
    {
      title: 'Changes (CRUD)',
      checks: [
        must('Create users', people.passesOverPasswords),
        must('CRUD: update the first name', people.replaces),
        must('CRUD: deactivate, reactivate', people.deactivates),
        must('CRUD: deactivate (integration wizard)', people.deactivatesByPut),
      ],
    },
    {
      title: 'Groups that are pushed',
      checks: [
        must('Create groups', groups.pushes),
        must('Update a specific group name', groups.renames),
        must('Update a group membership', groups.exchangesMembers),
        must('Push now', groups.pushesNow),
        must('Update a group (integration wizard)', groups.replacesGroups),
        must('Delete a specific group', groups.unlinks),
      ],
    },
    {
      title: 'Import',
      checks: [
        must('Retrieve users', people.importsByPages),
        must('Import user schema', groups.importsSchemas),
      ],
    },
    {
      title: 'Entitlements',
      checks: [
        must('Entitlements: /ResourceTypes, /Roles, /Entitlements', groups.listsEntitlements),
        must('Entitlements: roles of a user', groups.keepsRoles),
        must('Entitlements: entitlements of a user', groups.keepsEntitlements),
      ],
    },
  ],
}
