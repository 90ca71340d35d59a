/** Holds as pages: the changes that wait, and the operator's decisions. */
import { listHolds } from '../../guard/holds'
import { listPeople, type PeopleList } from '../../guard/review/people'
import { listReleases } from '../../guard/review/release-schedule'
import type { Selection } from '../../guard/review/selection'
import { readToldLosses, type ToldLosses } from '../../guard/review/undo'
import { idOf } from '../../http/id'
import { allOk, ok } from '../../result'
import { fold } from '../../scim/filter/match'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { listsOf } from '../shell/forms'
import { showRefusal } from '../shell/refusal'
import { ConfirmPeople, ConfirmWhole, isConfirmed } from './confirm'
import { discardChosen, releaseChosen, takeBackRelease, undoBefore, type Chosen } from './decide'
import { decisionForm, holdsPageQuery, type DecisionForm } from './forms'
import { Holds } from './holds'
import { pageSize } from './waiting'

const notices = new Map([
  ['released', 'Released: the application is told.'],
  ['planned', 'Released: the application is told when the time below has passed.'],
  ['back', 'Taken back: the changes wait again.'],
  ['discarded', 'Discarded: the application keeps what it sees.'],
  ['undone', 'Taken back: the application is told that it has these people again.'],
  ['nothing', 'Nothing was chosen, and nothing was done.'],
  [
    'over',
    'Nothing was done: what was chosen has been decided or changed meanwhile. What waits now is below.',
  ],
  ['told', 'Nothing was done: the application has been told of this release already.'],
])

export async function showHolds(c: AdminContext) {
  const query = holdsPageQuery.parse(c.req.query())
  const { id, openHold } = c.var.tenant
  const { order, filter } = query
  const list = (holdId: string | undefined, page: number) =>
    listPeople(c.env.DB, id, { holdId, some: undefined, filter }, { order, page, size: pageSize })
  const nothing: PeopleList = { subjects: [], total: 0, people: 0, changes: 0 }
  const loaded = await allOk([
    listHolds(c.env.DB, id),
    openHold === null ? Promise.resolve(ok(nothing)) : list(openHold, query.page),
    list(undefined, query.drift),
    listReleases(c.env.DB, id),
  ])
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [holds, waiting, drift, planned] = loaded.value
  const open = holds.find(({ closedAt }) => closedAt === null)
  const before = open
    ? await readToldLosses(c.env.DB, id, open)
    : ok<ToldLosses>({ people: 0, undoable: { people: 0, changes: 0, who: [] } })
  if (!before.ok) return showRefusal(c, before.error)
  const notice = notices.get(c.req.query('done') ?? '')
  const shown = { holds, waiting, drift, planned, notice, query, before: before.value }
  return show(c, <Holds tenant={c.var.tenant} {...shown} />)
}

export function receiveRelease(c: AdminContext) {
  return release(c, idOf(c), `/holds/${idOf(c)}/release`)
}

export function receiveDriftRelease(c: AdminContext) {
  return release(c, undefined, '/drift/release')
}

async function release(c: AdminContext, holdId: string | undefined, action: string) {
  const input = await readDecision(c)
  if (!input) return done(c, 'nothing')
  const { tenant } = c.var
  if (!input.some) {
    const numbers = await countSelected(c, { holdId, some: undefined, filter: input.filter })
    if (!numbers.ok) return showRefusal(c, numbers.error)
    if (numbers.value.changes === 0) return done(c, 'over')
    if (!isConfirmed(input, numbers.value)) {
      const asked = { tenant, action, input, numbers: numbers.value }
      return show(c, <ConfirmWhole {...asked} />, 409)
    }
  }
  const released = await releaseChosen(c, holdId, input)
  if (released.ok) {
    const { decided, planned } = released.value
    return done(c, planned ? 'planned' : decided > 0 ? 'released' : 'over')
  }
  if (released.error.kind !== 'unconfirmed') return showRefusal(c, released.error)
  const { people } = released.error
  return show(c, <ConfirmPeople {...{ tenant, action, input, people }} />, 409)
}

/** Numbers of the people and changes of a selection. */
async function countSelected(c: AdminContext, selection: Selection) {
  const page = { order: 'name', page: 1, size: 1 } as const
  const list = await listPeople(c.env.DB, c.var.tenant.id, selection, page)
  return list.ok ? ok({ people: list.value.people, changes: list.value.changes }) : list
}

export async function receiveDiscard(c: AdminContext) {
  const input = await readDecision(c)
  if (!input) return done(c, 'nothing')
  const discarded = await discardChosen(c, idOf(c), input)
  if (!discarded.ok) return showRefusal(c, discarded.error)
  return done(c, discarded.value.decided > 0 ? 'discarded' : 'over')
}

export async function receiveUndo(c: AdminContext) {
  const undone = await undoBefore(c, idOf(c))
  if (!undone.ok) return showRefusal(c, undone.error)
  return done(c, undone.value.undoable.changes > 0 ? 'undone' : 'over')
}

export async function receiveTakingBack(c: AdminContext) {
  const taken = await takeBackRelease(c, idOf(c))
  if (taken.ok) return done(c, 'back')
  return taken.error.kind === 'target' ? done(c, 'told') : showRefusal(c, taken.error)
}

function done(c: AdminContext, notice: string) {
  return c.redirect(tenantPath(c.var.tenant, `/holds?done=${notice}`), 303)
}

/** The decision of a form. Protected people are confirmed by typing their names as they are. */
async function readDecision(c: AdminContext): Promise<(Chosen & DecisionForm) | undefined> {
  const lists = await listsOf(c)
  const form = decisionForm.safeParse(lists)
  if (!form.success) return undefined
  const confirmed = Object.entries(lists).flatMap(([name, [typed = '', ...more]]) => {
    const [, id] = /^typed\.(.+)$/.exec(name) ?? []
    const [expected, ...others] = lists[`name.${id}`] ?? []
    const isOne = more.length + others.length === 0
    return id !== undefined &&
      expected !== undefined &&
      isOne &&
      fold(typed.trim()) === fold(expected)
      ? [id]
      : []
  })
  return { ...form.data, confirmed }
}
