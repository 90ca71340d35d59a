/** Guides that enter a tenant's address and token in its identity provider, step by step. */
import type { Child } from 'hono/jsx'
import { CopyButton } from '../shell/components'
import type { Tenant } from '../../tenants/tenant'

interface GuideProps {
  readonly baseUrl: string
  /** The token, on the one page that shows it. */
  readonly token: string | undefined
}

const guides = [
  { profile: 'onelogin', title: 'OneLogin', Steps: OneLogin },
  { profile: 'okta', title: 'Okta', Steps: Okta },
  { profile: 'entra', title: 'Microsoft Entra ID', Steps: Entra },
  { profile: 'aws', title: 'Google Workspace, by a tool for AWS', Steps: Aws },
] as const

/** One guide is open at a time; first that of the tenant's own provider, if it is known. */
export function Guides(props: GuideProps & { readonly tenant: Tenant }) {
  const { tenant, baseUrl, token } = props
  return (
    <div class="guides">
      {guides.map(({ profile, title, Steps }) => (
        <details name="guide" id={`guide-${profile}`} open={profile === tenant.settings.profile}>
          <summary>{title}</summary>
          <Steps baseUrl={baseUrl} token={token} />
        </details>
      ))}
    </div>
  )
}

function OneLogin({ baseUrl, token }: GuideProps) {
  return (
    <ol>
      <li>
        In OneLogin's administration choose <b>Applications → Add App</b>, search for{' '}
        <b>SCIM Provisioner with SAML (SCIM v2 Enterprise)</b> and save it.
      </li>
      <li>
        On the tab <b>Configuration</b> enter:
        <Values
          rows={[
            ['SCIM Base URL', <code>{baseUrl}</code>],
            ['SCIM Bearer Token', <Token token={token} />],
            ['Custom Headers', 'leave empty'],
            ['SCIM JSON Template', 'the text below'],
          ]}
        />
        <div class="template">
          <CopyButton of="onelogin-template" what="the JSON template" />
          <pre id="onelogin-template" tabindex={0} aria-label="SCIM JSON template">
            {oneLoginTemplate}
          </pre>
        </div>
        Press <b>Enable</b>. API Status turns to <i>Enabled</i> when OneLogin has reached Rollcall.
      </li>
      <li>
        On the tab <b>Parameters</b> map <code>scimusername</code> to <b>Email</b>, and{' '}
        <code>title</code> and <code>department</code>, or take these two out of the template. Open{' '}
        <b>Groups</b> and tick <b>Include in User Provisioning</b>.
      </li>
      <li>
        On the tab <b>Provisioning</b> tick <b>Enable provisioning</b>. For users who are deleted or
        lose the application choose <b>Suspend</b>, which keeps their teams, or <b>Delete</b>. Press{' '}
        <b>Refresh</b> under <b>Entitlements</b>.
      </li>
      <li>
        On the tab <b>Rules</b> add a rule that assigns teams:
        <Values
          rows={[
            ['Actions', 'Set Groups in (your product), Map from OneLogin'],
            ['For each', 'Role'],
            ['with value that matches', <code>.*</code>],
          ]}
        />
        OneLogin creates the teams that do not exist yet.
      </li>
      <li>
        Assign the application to users or roles. On its tab <b>Users</b> each person shows{' '}
        <i>Provisioned</i>, <i>Pending</i> (waits for approval) or <i>Failed</i>.
      </li>
    </ol>
  )
}

function Okta({ baseUrl, token }: GuideProps) {
  return (
    <ol>
      <li>
        In Okta's administration open your application under <b>Applications</b>. On the tab{' '}
        <b>General</b> set <b>Provisioning</b> to <b>SCIM</b> and save.
      </li>
      <li>
        On the tab <b>Provisioning → Integration</b> press <b>Edit</b> and enter:
        <Values
          rows={[
            ['SCIM connector base URL', <code>{baseUrl}</code>],
            ['Unique identifier field for users', <code>userName</code>],
            [
              'Supported provisioning actions',
              'Push New Users, Push Profile Updates, Push Groups (Import as you like)',
            ],
            ['Authentication Mode', 'HTTP Header'],
            ['Authorization (Bearer)', <Token token={token} />],
          ]}
        />
        Press <b>Test Connector Configuration</b>, then <b>Save</b>.
      </li>
      <li>
        Under <b>Provisioning → To App</b> press <b>Edit</b> and tick <b>Create Users</b>,{' '}
        <b>Update User Attributes</b> and <b>Deactivate Users</b>.
      </li>
      <li>
        On the tab <b>Assignments</b> assign people or groups.
      </li>
      <li>
        On the tab <b>Push Groups</b> choose the groups that become teams. Okta advises against
        pushing the same group that assigns the application.
      </li>
    </ol>
  )
}

function Entra({ baseUrl, token }: GuideProps) {
  return (
    <ol>
      <li>
        In the Entra admin center choose{' '}
        <b>Enterprise applications → New application → Create your own application</b>, and{' '}
        <b>Integrate any other application you don't find in the gallery</b>.
      </li>
      <li>
        Open <b>Provisioning</b>, set the mode to <b>Automatic</b> and enter:
        <Values
          rows={[
            ['Tenant URL', <code>{`${baseUrl}?aadOptscim062020`}</code>],
            ['Secret Token', <Token token={token} />],
          ]}
        />
        The end of the address asks Entra for requests that follow the standard. Press{' '}
        <b>Test Connection</b>, then <b>Save</b>.
      </li>
      <li>
        Under <b>Mappings</b> keep <b>Provision Microsoft Entra ID Users</b> and <b>Groups</b>{' '}
        enabled. If user principal names hold capital letters, map <code>userName</code> to{' '}
        <code>ToLower([userPrincipalName])</code> and <code>emails[type eq "work"].value</code> to{' '}
        <code>ToLower([mail])</code>.
      </li>
      <li>
        Under <b>Users and groups</b> assign whom to provision.
      </li>
      <li>
        Turn <b>Provisioning Status</b> on. A cycle runs every 40 minutes;{' '}
        <b>Provision on demand</b> tries one person at once.
      </li>
    </ol>
  )
}

function Aws({ baseUrl, token }: GuideProps) {
  return (
    <ol>
      <li>
        On the page <b>Settings</b> choose <b>Tools for AWS IAM Identity Center</b>: they read teams
        without members, and leave “active: false” out.
      </li>
      <li>
        Give idp-scim-sync these values, as flags or as environment variables (
        <code>IDPSCIM_AWS_SCIM_ENDPOINT</code>, …):
        <Values
          rows={[
            ['--aws-scim-endpoint', <code>{baseUrl}</code>],
            ['--aws-scim-access-token', <Token token={token} />],
          ]}
        />
        ssosync calls them <code>--endpoint</code> and <code>--access-token</code>. It lists people
        and teams by the API of AWS Identity Store, which Rollcall does not have: idp-scim-sync
        needs SCIM alone.
      </li>
      <li>
        Run the tool. Its first run creates the people and teams of the groups it is to bring.
      </li>
    </ol>
  )
}

function Token({ token }: { readonly token: string | undefined }) {
  return token === undefined ? <>the token, as shown when it was generated</> : <code>{token}</code>
}

function Values(props: { readonly rows: readonly (readonly [field: string, value: Child])[] }) {
  return (
    <dl class="values">
      {props.rows.map(([field, value]) => (
        <div>
          <dt>{field}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const oneLoginTemplate = JSON.stringify(
  {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise],
    userName: '{$parameters.scimusername}',
    name: { givenName: '{$user.firstname}', familyName: '{$user.lastname}' },
    displayName: '{$user.display_name}',
    emails: [{ value: '{$user.email}', type: 'work', primary: true }],
    title: '{$parameters.title}',
    [enterprise]: { department: '{$parameters.department}' },
  },
  null,
  2,
)
