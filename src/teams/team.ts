import { DurableObject } from 'cloudflare:workers'
import { err, type Result } from '../result'
import type { ScimError } from '../scim/error'
import type { JsonObject } from '../scim/json'
import { inDatabase, type Databases } from '../database/placement'
import type { ObjectLocation } from '../object-location'
import { countGrowth } from '../tenants/growth'
import {
  changeTeam,
  createTeam,
  deleteTeam,
  needsNoRead,
  refuseExpired,
  type TeamAnswer,
  type TeamRequest,
} from './commands'
import { planPatch, planReplacement, type TeamPlan } from './plan'
import {
  commitGroup,
  maximumGroup,
  plannedChange,
  type ChangeOutcome,
  type PlannedChange,
} from './group-commit'
import { Turns } from './turns'

export interface TeamBindings extends ObjectLocation {
  readonly TEAM: DurableObjectNamespace<Team>
}

/**
 * One object per team, named by tenant and team id. It lets the changes of its team through one at
 * a time (those that wait side by side in one batch) and stores nothing: D1 has the team, and the
 * preconditions of each batch keep it right even when two instances are alive for a moment.
 *
 * Refusals are values: an Error would lose its class on the way back.
 */
export class Team extends DurableObject<Databases> {
  readonly #turns = new Turns<PlannedChange, ChangeOutcome>((list) => {
    const [first] = list
    return first ? commitGroup(this.#databaseOf(first.request), list) : Promise.resolve([])
  })

  async create(request: TeamRequest, body: JsonObject): Promise<Result<TeamAnswer, ScimError>> {
    return this.#counted(
      request,
      this.#alone(request, () => createTeam(this.#databaseOf(request), request, body)),
    )
  }

  async patch(request: TeamRequest, body: JsonObject): Promise<Result<TeamAnswer, ScimError>> {
    const plan = planPatch(request.credential, body, request.rewritten)
    return this.#counted(request, this.#change(request, plan))
  }

  async replace(request: TeamRequest, body: JsonObject): Promise<Result<TeamAnswer, ScimError>> {
    const plan = planReplacement(request.credential, body, request.rewritten)
    return this.#counted(request, this.#change(request, plan))
  }

  async delete(request: TeamRequest): Promise<Result<undefined, ScimError>> {
    const deletion = this.#alone(request, () => deleteTeam(this.#databaseOf(request), request))
    return this.#counted(request, deletion)
  }

  /** Has counted, after a change, what the tenant stores: of one that is full before the answer. */
  async #counted<T>(request: TeamRequest, change: Promise<T>): Promise<T> {
    const outcome = await change
    const counted = countGrowth(this.#databaseOf(request), request.credential)
    if (request.credential.isFull) await counted
    else if (counted) this.ctx.waitUntil(counted)
    return outcome
  }

  /** A request that is wrong in itself is refused without waiting for a turn. */
  async #change(
    request: TeamRequest,
    plan: Result<TeamPlan, ScimError>,
  ): Promise<Result<TeamAnswer, ScimError>> {
    if (!plan.ok) return plan
    if (!needsNoRead(request, plan.value)) {
      return this.#alone(request, () => changeTeam(this.#databaseOf(request), request, plan.value))
    }
    return this.#turns.join(plannedChange(request, plan.value), maximumGroup)
  }

  /** A turn that comes after the request was answered with 503 is not used. */
  #alone<T>(
    request: TeamRequest,
    task: () => Promise<Result<T, ScimError>>,
  ): Promise<Result<T, ScimError>> {
    return this.#turns.take(async () => {
      const expired = refuseExpired(request)
      return expired ? err(expired) : task()
    })
  }

  /** All requests of an object are of one tenant. The Worker has refused what has no database. */
  #databaseOf({ credential }: TeamRequest): D1Database {
    const home = inDatabase(this.env, credential.database)
    if (!home) throw new Error('The database of the tenant is not configured')
    return home.DB
  }
}
