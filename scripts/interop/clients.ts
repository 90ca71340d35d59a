/** The clients of `npm run interop`: what is installed, what is run, and how the tenant is set. */
import type { Install } from './install.ts'

export interface Client {
  /** Name on the command line, and of the file in `interop/`. */
  readonly name: string
  /** Name and version for people. */
  readonly title: string
  readonly install: Install
  /** What the script does, as a row of the document. */
  readonly flow: string
  /** Settings of its tenant beside the defaults. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** What the client needs, what it cannot do, and what the product does about it. */
  readonly notes: string
  /** Variables for its script. */
  readonly environment?: Readonly<Record<string, string>>
  /** Variables that somebody has to set, each with what it is for. */
  readonly needs?: Readonly<Record<string, string>>
  /** True when the client tells some of the attributes of a person and a team alone. */
  readonly tellsPart?: boolean
  /** Names of attributes that the client does not keep as they came, with the reason in `notes`. */
  readonly loses?: readonly string[]
}

const jersey = [
  'org.glassfish.jersey.core:jersey-client:3.1.11',
  'org.glassfish.jersey.inject:jersey-hk2:3.1.11',
  'org.glassfish.jersey.connectors:jersey-apache-connector:3.1.11',
]

const keycloak: Install = {
  kind: 'java',
  packages: [],
  beside: ['org.keycloak:keycloak-quarkus-dist:26.7.3:zip'],
  files: ['keycloak.mjs', 'life.mjs'],
  release: 21,
}

const extension = {
  KEYCLOAK_SCIM_JAR: 'the extension as a jar, built from its source f1cafa7: no registry has it',
}

export const clients: readonly Client[] = [
  {
    name: 'scim2-client',
    title: 'scim2-client 0.13.2 with scim2-models 0.12.3',
    install: {
      kind: 'python',
      packages: ['scim2-client[httpx2]==0.13.2', 'scim2-models==0.12.3'],
      files: ['scim2-client.py', 'life.py'],
    },
    flow: 'whole life',
    notes:
      'It makes its models of `/Schemas`, and refuses what they do not allow before it is sent. It sends `If-Match` by itself when a resource that it has read carries a version',
  },
  {
    name: 'unboundid',
    title: 'UnboundID scim2-sdk-client 6.0.0',
    install: {
      kind: 'java',
      packages: [`com.unboundid.product.scim2:scim2-sdk-client:6.0.0`, ...jersey],
      files: ['UnboundIdBulk.java', 'UnboundId.java', 'Story.java'],
    },
    flow: 'whole life',
    notes:
      'Fields that are missing in the second of two resources are removed by a patch made of their difference with `removeMissingFields` alone. Of members with more than a value do not make one: [finding](../findings/unboundid-diff-of-members.sh); the second entry that would stand twice is refused',
  },
  {
    name: 'scim-sdk',
    title: 'SCIM-SDK client 1.30.0',
    install: {
      kind: 'java',
      packages: ['de.captaingoldfish:scim-sdk-client:1.30.0', 'org.slf4j:slf4j-nop:2.0.17'],
      files: ['ScimSdk.java', 'Story.java'],
    },
    flow: 'whole life',
    notes:
      'A PATCH of a team is answered 200 with the team; `excludedAttributes=members` keeps the answer small. `getAll` with a count walks to so many. Texts of filters are not escaped ([finding](../findings/scim-sdk-filter-texts.sh)), and an empty list of texts is left out of a PATCH ([finding](../findings/scim-sdk-empty-list.sh)): both are refused',
  },
  {
    name: 'keycloak',
    title: 'Keycloak 26.7.3 with pelotech/keycloak-scim 1.0.1, by PATCH',
    install: keycloak,
    environment: { KEYCLOAK_UPDATES: 'PATCH' },
    needs: extension,
    flow: 'people and teams by the administrator, sent by the extension, which signs in as an OAuth client',
    tellsPart: true,
    notes:
      'By PATCH parts of a name are not sent, the name to show is. At the component `propagation-user` and `propagation-group` have to be set when it is made by the API. It signs in again when its access token has ended',
  },
  {
    name: 'keycloak-put',
    title: 'Keycloak 26.7.3 with pelotech/keycloak-scim 1.0.1, by PUT',
    install: keycloak,
    environment: { KEYCLOAK_UPDATES: 'PUT' },
    needs: extension,
    flow: 'people and teams by the administrator, sent by the extension, with a token',
    tellsPart: true,
    notes:
      'All that the person has is sent at each change. See Keycloak in [Identity providers](identity-providers.md#other-clients) for what it does after 409',
  },
  {
    name: 'connid',
    title: 'ConnId SCIM bundle 1.0.5 in the framework 1.5.2.1 (Syncope, midPoint)',
    install: {
      kind: 'java',
      packages: [
        'net.tirasa.connid:connector-framework-internal:1.5.2.1',
        'commons-logging:commons-logging:1.3.5',
        'org.slf4j:slf4j-nop:2.0.17',
      ],
      beside: ['net.tirasa.connid.bundles:net.tirasa.connid.bundles.scim:1.0.5:jar:bundle'],
      files: ['ConnId.java', 'Story.java'],
    },
    flow: 'people and teams by whole updates and by deltas, searches, pages, refusals, deletion',
    tellsPart: true,
    notes:
      '`updateUserMethod` and `updateGroupMethod` PATCH. Two people out of a team at once are sent as one of them twice ([finding](../findings/connid-removes-one-member-twice.sh)): one leaves, and the log warns. A whole update without members leaves them as they are ([finding](../findings/connid-last-member-stays.sh)). It needs a token: as an OAuth client it sends no `grant_type`, and a refused token is reported as a NullPointerException. The bundle needs commons-logging beside it for PATCH',
  },
  {
    name: 'charon',
    title: 'Charon 5.0.4 (WSO2)',
    install: {
      kind: 'java',
      // What it says it needs is in a repository of its maker: without that, and with the same here.
      packages: [
        'org.wso2.charon:org.wso2.charon3.core:5.0.4:alone',
        'org.json:json:20250517',
        'commons-lang:commons-lang:2.6',
        'commons-logging:commons-logging:1.3.5',
        'commons-collections:commons-collections:3.2.2',
        'org.slf4j:slf4j-nop:2.0.17',
      ],
      files: ['Charon.java', 'Story.java'],
    },
    flow: 'people and teams, lists, refusals: read and written by the library',
    notes:
      'What Charon says that it needs is in a repository of its maker; it is played with the same from Maven Central',
  },
  {
    name: 'databricks',
    title: 'databricks-sdk 0.162.0 (Python)',
    install: {
      kind: 'python',
      packages: ['databricks-sdk==0.162.0'],
      files: ['databricks-sdk.py', 'forward.py', 'life.py'],
    },
    flow: 'people and teams, lists, PATCH and PUT, refusals, deletion',
    tellsPart: true,
    loses: ['meta'],
    notes:
      'Its path before SCIM is taken away by a forwarder in the script. `Patch(value=False)` is sent without a value ([finding](../findings/databricks-patch-drops-false.sh)), and refused with what to send: use the text `false`, or PUT',
  },
  {
    name: 'huawei-scim',
    title: 'Huawei Cloud SDK for IAM Identity Center SCIM 3.1.219 (Python)',
    install: {
      kind: 'python',
      packages: ['huaweicloudsdkidentitycenterscim==3.1.219', 'huaweicloudsdkcore==3.1.219'],
      files: ['huawei-scim.py', 'forward.py', 'life.py'],
    },
    flow: 'people and teams, PATCH and PUT, lists, refusals, deletion, the configuration',
    tellsPart: true,
    loses: ['meta', 'display'],
    notes:
      'Its path before SCIM is taken away by a forwarder in the script. It lists without filters and pages, and keeps neither the names of members nor version and address of a resource',
  },
  {
    name: 'scim-client',
    title: 'scim_client 0.2.3 (Python)',
    install: {
      kind: 'python',
      packages: ['scim-client==0.2.3'],
      files: ['scim-client.py', 'life.py'],
    },
    flow: 'people: creation, filters, pages, PUT, refusals, deletion; it knows no teams',
    tellsPart: true,
    notes:
      'A change of a person takes away what it has no place for, such as title and phone numbers ([finding](../findings/scim-client-drops-the-rest.sh)): PUT replaces. It reads people alone who have `externalId`, `displayName`, `name` and `emails`, and none with `honorificPrefix`',
  },
  {
    name: 'scim2-tester',
    title: 'scim2-tester 0.5.2',
    install: {
      kind: 'python',
      packages: ['scim2-tester==0.5.2', 'scim2-client[httpx2]==0.13.2', 'scim2-models==0.12.3'],
      files: ['scim2-tester.py', 'life.py'],
    },
    // It deletes as many people as the guard would hold.
    settings: { 'guard.deactivations': 1 },
    flow: 'its checks of discovery, POST, GET, PUT, PATCH of every attribute, DELETE',
    notes:
      'Known to differ: `active` cannot be removed, and members are answered with a name beside what was sent',
  },
  {
    name: 'scim-sanity',
    title: 'scim-sanity 0.7.4',
    install: {
      kind: 'python',
      packages: ['scim-sanity==0.7.4'],
      files: ['scim-sanity.py', 'life.py'],
    },
    flow: 'its probe',
    notes: 'Known to differ: it adds a member that nobody is, and expects 200',
  },
  {
    name: 'elimity',
    title: 'Go 1.26: net/http, golang.org/x/oauth2 0.38.0, elimity-com/scim 2641426a1539',
    install: {
      kind: 'go',
      packages: [
        'github.com/elimity-com/scim@v0.0.0-20260728105928-2641426a1539',
        'golang.org/x/oauth2@v0.38.0',
      ],
      files: ['elimity.go'],
    },
    flow: 'an access token, people and teams; the library reads what is published, validates every answer and says who fits a filter',
    notes:
      'Tokens by the form, the header and by trying both. The library differs in filters on a part of a list without brackets ([finding](../findings/elimity-not-of-a-list.sh)) and with quotation marks ([finding](../findings/scim2-filter-parser-json-strings.sh)); there Rollcall is held against numbers',
  },
  {
    name: 'canaille',
    title: 'Canaille 0.3.6 with scim2-client 0.7.5',
    install: {
      kind: 'python',
      packages: [
        'canaille[front,oidc,scim,server]==0.3.6',
        'scim2-client==0.7.5',
        'scim2-models==0.7.0',
      ],
      files: ['canaille-provider.py', 'forward.py', 'life.py'],
    },
    flow: 'people and groups of the identity provider, which it sends by itself',
    tellsPart: true,
    notes:
      'It makes up the token that it sends; a forwarder in the script puts that of the tenant in its place. It cannot read a configuration with `pagination`, which the profile `rfc` shows. Its SCIM server has to be on for its client to work. Somebody whose lock begins later is inactive at once ([finding](../findings/canaille-future-lock.sh))',
  },
  {
    name: 'oauth-node',
    title: 'oauth4webapi 3.8.8, openid-client 6.9.0 (JavaScript)',
    install: {
      kind: 'node',
      packages: ['oauth4webapi@3.8.8', 'openid-client@6.9.0', 'jose@6.2.18'],
      files: ['oauth.mjs', 'life.mjs'],
    },
    flow: 'metadata, access tokens by a secret (header, form), by a key of its own, by a federated issuer; another directory of Entra, two secrets and the end of one, refusals, revocation',
    notes:
      'Both refuse http, and need their option for a gateway without a certificate. They read the codes of 4xx alone: a 503 (`temporarily_unavailable`) comes as the answer itself, with its `Retry-After`',
  },
  {
    name: 'oauth-python',
    title: 'Authlib 1.9.10, requests-oauthlib 2.0.0 (Python)',
    install: {
      kind: 'python',
      packages: ['Authlib==1.9.10', 'requests-oauthlib==2.0.0', 'requests==2.32.5'],
      files: ['oauth.py', 'life.py'],
    },
    flow: 'access tokens by a secret (header, form) and by a key of its own, refusals',
    notes:
      'Give Authlib no `claims` of your own: it repeats the first assertion ([finding](../findings/authlib-repeats-jti.sh)), which is taken once. A key that is not RSA is given as an object, not as text',
  },
  {
    name: 'unboundid-5',
    title: 'UnboundID scim2-sdk-client 5.0.0',
    install: {
      kind: 'java',
      packages: [`com.unboundid.product.scim2:scim2-sdk-client:5.0.0`, ...jersey],
      files: ['UnboundId.java', 'Story.java'],
    },
    flow: 'whole life but Bulk, which it cannot',
    notes: 'As 6.0.0',
  },
  {
    name: 'unboundid-4',
    title: 'UnboundID scim2-sdk-client 4.1.0',
    install: {
      kind: 'java',
      packages: [`com.unboundid.product.scim2:scim2-sdk-client:4.1.0`, ...jersey],
      files: ['UnboundId.java', 'Story.java'],
    },
    flow: 'whole life but Bulk, which it cannot',
    notes: 'As 6.0.0',
  },
]
