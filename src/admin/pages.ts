/** Every address of the console, with the least role that may use it. */
import { downloadActivity } from './activity/export'
import { showActivity } from './activity/page'
import { downloadAudit, downloadTenantAudit } from './audit/export'
import { showAudit, showTenantAudit } from './audit/page'
import {
  receiveClientRevocation,
  receiveSecret,
  receiveSecretRevocation,
  showClient,
  showClientRevocation,
} from './clients/client-page'
import { receiveClient, showClients, showNewClient } from './clients/page'
import {
  receiveRevocation,
  receiveSwitch,
  receiveToken,
  showConnection,
  showRevocation,
} from './tokens/page'
import {
  receiveDiscard,
  receiveDriftRelease,
  receiveRelease,
  receiveTakingBack,
  receiveUndo,
  showHolds,
} from './guard/page'
import { receiveLink, receiveLinkRevocation, showLinks } from './access/links-page'
import { receiveChoice, showChoice, showStart } from './set-up/choose-page'
import { receiveDone, showDone } from './set-up/done-page'
import { receiveOpening, showOpening } from './set-up/open-page'
import { showOwnPeople, showOwnPerson } from './set-up/people-page'
import { showOwnProblems } from './set-up/problems-page'
import { receiveStatusRevocation, receiveStatusSwitch, showStatus } from './set-up/status-page'
import { leaveStepToken, receiveStepToken, showStep } from './set-up/step-page'
import { receiveKey, receiveKeyRevocation, showKeyRevocation, showKeys } from './application/page'
import { showOverview } from './tenants/overview-page'
import { receiveSignOutEverywhere, showSessions } from './access/sessions-page'
import {
  receiveObserved,
  receiveSchemas,
  receiveSettings,
  showSettings,
} from './tenants/settings-page'
import {
  receiveOperatorToken,
  receiveOperatorTokenRevocation,
  showOperatorTokens,
} from './access/operator-tokens-page'
import { receivePerson, receivePersonRevocation, showStaff } from './access/staff-page'
import { receiveSignIn, receiveSignOut, showSignIn } from './access/sign-in-page'
import { showTeam, showTeams } from './directory/teams-page'
import { receiveDeletion, showDeletion } from './tenants/deletion-page'
import { receiveTenant, showHome } from './home/page'
import {
  receiveNoticeDeletion,
  receiveNoticeTarget,
  receiveNoticeTest,
  showNotices,
} from './notices/page'
import { exportProblems } from './problems/export'
import { showProblem, showProblems } from './problems/page'
import { showPerson } from './search/person-page'
import { showSearch } from './search/search-page'
import { receiveHandOver } from './directory/returning'
import { showUser, showUsers } from './directory/users-page'
import {
  receiveReplay,
  receiveReplaySince,
  receiveResend,
  receiveRotation,
  receiveSkip,
  receiveState,
  receiveTest,
  receiveWebhookChange,
  receiveWebhookDeletion,
  showSkip,
  showWebhook,
  showWebhookDeletion,
} from './webhooks/endpoint-page'
import {
  receiveFeedChange,
  receiveFeedDeletion,
  receiveFeedReplay,
  receiveFeedResend,
  receiveFeedRotation,
  receiveFeedSkip,
  receiveFeedState,
  receiveFeedTest,
  receiveTenantReplay,
  showFeedDeletion,
  showFeedSkip,
  showFeedWebhook,
} from './webhooks/all/endpoint-page'
import { receiveFeedWebhook, showFeedWebhooks } from './webhooks/all/page'
import { receiveWebhook, showWebhooks } from './webhooks/page'
import { showTrends, showTrendsOfAll } from './trends/page'
import { receiveProof, showProof } from './prove/page'
import type { ConsoleRoute } from './shell/route'

type Line = readonly [
  method: ConsoleRoute['method'],
  path: string,
  least: ConsoleRoute['least'],
  handle: ConsoleRoute['handle'],
  /** Who may use it beside operators: whoever approves what waits; whoever a link was given to. */
  others?: 'approval' | 'customers',
]

/** The pages of OAuth clients, below a tenant's address in the console or in the set-up. */
function clientLines(base: string, others?: 'customers'): readonly Line[] {
  const end: [] | ['customers'] = others === undefined ? [] : [others]
  const client = `${base}/clients/:id`
  return [
    ['GET', `${base}/clients`, 'view', showClients, ...end],
    ['GET', `${base}/new-client/:kind`, 'setup', showNewClient, ...end],
    ['POST', `${base}/new-client/:kind`, 'setup', receiveClient, ...end],
    ['GET', client, 'view', showClient, ...end],
    ['POST', `${client}/secrets`, 'setup', receiveSecret, ...end],
    ['POST', `${client}/secrets/:secretId/revoke`, 'setup', receiveSecretRevocation, ...end],
    ['GET', `${client}/revoke`, 'setup', showClientRevocation, ...end],
    ['POST', `${client}/revoke`, 'setup', receiveClientRevocation, ...end],
  ]
}

const lines: readonly Line[] = [
  ['GET', '/sign-in', 'anyone', showSignIn],
  ['POST', '/sign-in', 'anyone', receiveSignIn],
  ['POST', '/sign-out', 'view', receiveSignOut, 'approval'],
  ['GET', '/open', 'anyone', showOpening],
  ['POST', '/open', 'anyone', receiveOpening],

  ['GET', '/', 'support', showHome],
  ['GET', '/tenants', 'support', showHome],
  ['POST', '/tenants', 'operator', receiveTenant],
  ['GET', '/trends', 'support', showTrendsOfAll],
  ['GET', '/webhooks', 'support', showFeedWebhooks],
  ['POST', '/webhooks', 'owner', receiveFeedWebhook],
  ['GET', '/webhooks/:id', 'support', showFeedWebhook],
  ['POST', '/webhooks/:id', 'owner', receiveFeedChange],
  ['POST', '/webhooks/:id/pause', 'owner', receiveFeedState('pause', 'paused')],
  ['POST', '/webhooks/:id/resume', 'owner', receiveFeedState('resume', 'resumed')],
  ['POST', '/webhooks/:id/retry', 'owner', receiveFeedState('retry', 'retried')],
  ['POST', '/webhooks/:id/replay', 'owner', receiveFeedReplay],
  ['POST', '/webhooks/:id/replay-tenant', 'owner', receiveTenantReplay],
  ['POST', '/webhooks/:id/resend', 'owner', receiveFeedResend],
  ['GET', '/webhooks/:id/skip', 'owner', showFeedSkip],
  ['POST', '/webhooks/:id/skip', 'owner', receiveFeedSkip],
  ['POST', '/webhooks/:id/rotate', 'owner', receiveFeedRotation],
  ['POST', '/webhooks/:id/test', 'owner', receiveFeedTest],
  ['GET', '/webhooks/:id/delete', 'owner', showFeedDeletion],
  ['POST', '/webhooks/:id/delete', 'owner', receiveFeedDeletion],
  ['GET', '/notices', 'operator', showNotices],
  ['POST', '/notices', 'operator', receiveNoticeTarget],
  ['POST', '/notices/:id/test', 'operator', receiveNoticeTest],
  ['POST', '/notices/:id/delete', 'operator', receiveNoticeDeletion],
  ['GET', '/audit', 'support', showAudit],
  ['GET', '/audit.csv', 'support', downloadAudit],
  ['GET', '/sessions', 'owner', showSessions],
  ['POST', '/sessions/end', 'owner', receiveSignOutEverywhere],
  ['GET', '/staff', 'owner', showStaff],
  ['POST', '/staff', 'owner', receivePerson],
  ['POST', '/staff/:id/revoke', 'owner', receivePersonRevocation],
  ['GET', '/operator-tokens', 'owner', showOperatorTokens],
  ['POST', '/operator-tokens', 'owner', receiveOperatorToken],
  ['POST', '/operator-tokens/:id/revoke', 'owner', receiveOperatorTokenRevocation],

  ['GET', '/tenants/:slug', 'view', showOverview],
  ['GET', '/tenants/:slug/trends', 'view', showTrends],
  ['GET', '/tenants/:slug/connection', 'view', showConnection],
  ['POST', '/tenants/:slug/tokens', 'setup', receiveToken],
  ['GET', '/tenants/:slug/tokens/:id/revoke', 'setup', showRevocation],
  ['POST', '/tenants/:slug/tokens/:id/revoke', 'setup', receiveRevocation],
  ['POST', '/tenants/:slug/enabled', 'setup', receiveSwitch],
  ['GET', '/tenants/:slug/prove', 'operator', showProof],
  ['POST', '/tenants/:slug/prove', 'operator', receiveProof],
  ...clientLines('/tenants/:slug'),
  ['GET', '/tenants/:slug/activity', 'view', showActivity],
  ['GET', '/tenants/:slug/activity.csv', 'view', downloadActivity],
  ['GET', '/tenants/:slug/problems', 'view', showProblems],
  ['GET', '/tenants/:slug/problems.csv', 'view', exportProblems],
  ['GET', '/tenants/:slug/problem', 'view', showProblem],
  ['GET', '/search', 'support', showSearch],
  ['GET', '/tenants/:slug/person', 'support', showPerson],
  ['GET', '/tenants/:slug/users', 'view', showUsers],
  ['GET', '/tenants/:slug/users/:id', 'view', showUser],
  ['POST', '/tenants/:slug/users/:id/hand-over', 'setup', receiveHandOver],
  ['GET', '/tenants/:slug/teams', 'view', showTeams],
  ['GET', '/tenants/:slug/teams/:id', 'view', showTeam],
  ['GET', '/tenants/:slug/keys', 'view', showKeys],
  ['POST', '/tenants/:slug/keys', 'operator', receiveKey],
  ['GET', '/tenants/:slug/keys/:id/revoke', 'operator', showKeyRevocation],
  ['POST', '/tenants/:slug/keys/:id/revoke', 'operator', receiveKeyRevocation],
  ['GET', '/tenants/:slug/webhooks', 'view', showWebhooks],
  ['POST', '/tenants/:slug/webhooks', 'operator', receiveWebhook],
  ['GET', '/tenants/:slug/webhooks/:id', 'view', showWebhook],
  ['POST', '/tenants/:slug/webhooks/:id', 'operator', receiveWebhookChange],
  ['GET', '/tenants/:slug/webhooks/:id/delete', 'operator', showWebhookDeletion],
  ['POST', '/tenants/:slug/webhooks/:id/delete', 'operator', receiveWebhookDeletion],
  ['POST', '/tenants/:slug/webhooks/:id/rotate', 'operator', receiveRotation],
  ['POST', '/tenants/:slug/webhooks/:id/pause', 'operator', receiveState('pause', 'paused')],
  ['POST', '/tenants/:slug/webhooks/:id/resume', 'operator', receiveState('resume', 'resumed')],
  ['POST', '/tenants/:slug/webhooks/:id/retry', 'operator', receiveState('retry', 'retried')],
  ['POST', '/tenants/:slug/webhooks/:id/replay', 'operator', receiveReplay],
  ['POST', '/tenants/:slug/webhooks/:id/replay-since', 'operator', receiveReplaySince],
  ['POST', '/tenants/:slug/webhooks/:id/resend', 'operator', receiveResend],
  ['GET', '/tenants/:slug/webhooks/:id/skip', 'operator', showSkip],
  ['POST', '/tenants/:slug/webhooks/:id/skip', 'operator', receiveSkip],
  ['POST', '/tenants/:slug/webhooks/:id/test', 'operator', receiveTest],
  ['GET', '/tenants/:slug/holds', 'view', showHolds, 'approval'],
  ['POST', '/tenants/:slug/holds/:id/release', 'operator', receiveRelease, 'approval'],
  ['POST', '/tenants/:slug/holds/:id/discard', 'operator', receiveDiscard, 'approval'],
  ['POST', '/tenants/:slug/holds/:id/undo', 'operator', receiveUndo, 'approval'],
  ['POST', '/tenants/:slug/releases/:id/take-back', 'operator', receiveTakingBack, 'approval'],
  ['POST', '/tenants/:slug/drift/release', 'operator', receiveDriftRelease, 'approval'],
  ['GET', '/tenants/:slug/settings', 'view', showSettings],
  ['POST', '/tenants/:slug/settings', 'operator', receiveSettings],
  ['POST', '/tenants/:slug/schemas', 'operator', receiveSchemas],
  ['POST', '/tenants/:slug/schemas/observed', 'operator', receiveObserved],
  ['GET', '/tenants/:slug/delete', 'operator', showDeletion],
  ['POST', '/tenants/:slug/delete', 'operator', receiveDeletion],
  ['GET', '/tenants/:slug/links', 'operator', showLinks],
  ['POST', '/tenants/:slug/links', 'operator', receiveLink],
  ['POST', '/tenants/:slug/links/:id/revoke', 'operator', receiveLinkRevocation],
  ['GET', '/tenants/:slug/audit', 'view', showTenantAudit],
  ['GET', '/tenants/:slug/audit.csv', 'view', downloadTenantAudit],

  ['GET', '/set-up/:slug', 'view', showStart, 'customers'],
  ['GET', '/set-up/:slug/choose', 'view', showChoice, 'customers'],
  ['POST', '/set-up/:slug/choose', 'setup', receiveChoice, 'customers'],
  ['GET', '/set-up/:slug/steps/:guide/:step', 'view', showStep, 'customers'],
  ['GET', '/set-up/:slug/steps/:guide/:step/token', 'view', leaveStepToken, 'customers'],
  ['POST', '/set-up/:slug/steps/:guide/:step/token', 'setup', receiveStepToken, 'customers'],
  ['GET', '/set-up/:slug/done', 'view', showDone, 'customers'],
  ['POST', '/set-up/:slug/done', 'setup', receiveDone, 'customers'],
  ...clientLines('/set-up/:slug', 'customers'),
  ['GET', '/set-up/:slug/status', 'view', showStatus, 'customers'],
  ['POST', '/set-up/:slug/enabled', 'setup', receiveStatusSwitch, 'customers'],
  ['POST', '/set-up/:slug/tokens/:id/revoke', 'setup', receiveStatusRevocation, 'customers'],
  ['GET', '/set-up/:slug/people', 'view', showOwnPeople, 'customers'],
  ['GET', '/set-up/:slug/people/:id', 'view', showOwnPerson, 'customers'],
  ['GET', '/set-up/:slug/problems', 'view', showOwnProblems, 'customers'],
]

export const routes: readonly ConsoleRoute[] = lines.map(
  ([method, path, least, handle, others]) => ({
    method,
    path,
    least,
    handle,
    isForApproval: others === 'approval',
    isForCustomers: others === 'customers',
  }),
)
