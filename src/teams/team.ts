import { DurableObject } from 'cloudflare:workers'
import type { Result } from '../result'
import type { ScimError } from '../scim/error'
import type { JsonObject } from '../scim/json'
import { inDatabase, type Databases } from '../database/placement'
import {
  changeTeam,
  createTeam,
  deleteTeam,
  needsNoRead,
  type TeamAnswer,
  type TeamRequest,
} from './commands'
import { planPatch, planReplacement, type TeamPlan } from './plan'
import { commitGroup, maximumGroup, type ChangeOutcome, type PlannedChange } from './group-commit'
import { Turns } from './turns'

export interface TeamBindings {
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
    return this.#turns.take(() => createTeam(this.#databaseOf(request), request, body))
  }

  async patch(request: TeamRequest, body: JsonObject): Promise<Result<TeamAnswer, ScimError>> {
    return this.#change(request, planPatch(request.credential.settings, body))
  }

  async replace(request: TeamRequest, body: JsonObject): Promise<Result<TeamAnswer, ScimError>> {
    return this.#change(request, planReplacement(request.credential.settings, body))
  }

  async delete(request: TeamRequest): Promise<Result<undefined, ScimError>> {
    return this.#turns.take(() => deleteTeam(this.#databaseOf(request), request))
  }

  /** A request that is wrong in itself is refused without waiting for a turn. */
  async #change(
    request: TeamRequest,
    plan: Result<TeamPlan, ScimError>,
  ): Promise<Result<TeamAnswer, ScimError>> {
    if (!plan.ok) return plan
    return needsNoRead(request, plan.value)
      ? this.#turns.join({ request, plan: plan.value }, maximumGroup)
      : this.#turns.take(() => changeTeam(this.#databaseOf(request), request, plan.value))
  }

  /** All requests of an object are of one tenant. The Worker has refused what has no database. */
  #databaseOf({ credential }: TeamRequest): D1Database {
    const home = inDatabase(this.env, credential.database)
    if (!home) throw new Error('The database of the tenant is not configured')
    return home.DB
  }
}
