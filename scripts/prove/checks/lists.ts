/** Filters, order, pages and projections. */
import { isObject, read, readId, readList, readNumber, readText } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { messages } from '../resources.ts'
import type { Made, Trial } from '../trial.ts'

/** Finds, or not, one person by each filter: `{name}` and the like stand for the person's own. */
function finding(name: string, yes: readonly string[], no: readonly string[] = []): Check {
  return {
    name,
    async run(trial: Trial) {
      const title = trial.name('title')
      // Somebody else, whom a filter that is not obeyed would find as well.
      await trial.person()
      const made = await trial.person({ title, userType: 'Employee' })
      const filled = (filter: string) => fillIn(filter, made, title)
      for (const filter of yes) {
        const found = await trial.find('/Users', filled(filter))
        trial.same(found.map(readId), [made.id], `What ${filled(filter)} finds`)
      }
      for (const filter of no) {
        const found = (await trial.find('/Users', filled(filter))).map(readId)
        trial.holds(!found.includes(made.id), `${filled(filter)} finds who does not match.`)
      }
    },
  }
}

function fillIn(filter: string, { body }: Made, title: string): string {
  return filter
    .replaceAll('{name}', readText(body, 'userName') ?? '')
    .replaceAll('{ext}', readText(body, 'externalId') ?? '')
    .replaceAll('{title}', title)
}

export const filtersByName = finding('userName eq finds one person, and nobody else', [
  'userName eq "{name}"',
])

export const filtersByExternalId = finding('externalId eq finds one person', [
  'externalId eq "{ext}"',
])

export const filtersByEmail = finding('emails[value eq …] finds one person', [
  'emails[value eq "{name}"]',
])

export const filtersByWorkEmail = finding(
  'emails[type eq "work" and value eq …] finds one person, and none by another type',
  ['emails[type eq "work" and value eq "{name}"]'],
  ['emails[type eq "home" and value eq "{name}"]'],
)

export const filtersByAnd = finding(
  'Two comparisons with and find who matches both',
  ['userName eq "{name}" and title eq "{title}"'],
  ['userName eq "{name}" and title eq "other"'],
)

export const filtersByOperators = finding(
  'ne, co, sw, ew, pr, or, not and parentheses are understood',
  [
    'title co "{title}"',
    'title sw "{title}"',
    'title ew "{title}" and active eq true',
    'title pr and userName eq "{name}"',
    'userName eq "{name}" or userName eq "nobody at all"',
    'userName eq "{name}" and not (title eq "other")',
    'userName eq "{name}" and title ne "other"',
    '(userName eq "{name}")',
  ],
  ['userName eq "{name}" and not (title pr)', 'userName eq "{name}" and title ne "{title}"'],
)

export const filtersByOrder = finding(
  'gt, ge, lt and le compare times',
  ['userName eq "{name}" and meta.lastModified gt "2011-05-13T04:42:34Z"'],
  ['userName eq "{name}" and meta.lastModified le "2011-05-13T04:42:34Z"'],
)

export const filtersWithoutCase = finding('Names and operators in filters have no case', [
  'USERNAME EQ "{name}"',
  'username Eq "{name}" AND Active eq true',
])

export const findsNobody: Check = {
  name: 'A filter that matches nobody is 200 with an empty list',
  async run(trial) {
    const answer = await trial.get(`/Users?filter=${encodeURIComponent('userName eq "no one"')}`)
    trial.wantList(answer)
    trial.same(read(answer.body, 'totalResults'), 0, '"totalResults"')
    trial.same(readList(answer.body, 'Resources'), [], '"Resources"')
  },
}

/** A check that a filter of an attribute that a type does not have is refused. */
function refusingFilter(name: string, path: string, filter: string): Check {
  return {
    name,
    async run(trial: Trial) {
      const answer = await trial.get(`${path}?filter=${encodeURIComponent(filter)}`)
      trial.refused(answer, 400, 'invalidFilter')
    },
  }
}

export const refusesUnknownFilters = refusingFilter(
  'A filter of people on an attribute that no schema has is 400 invalidFilter',
  '/Users',
  'noSuchAttribute eq "x"',
)

export const refusesUnknownFiltersOfTeams = refusingFilter(
  'A filter of teams on an attribute that no schema has is 400 invalidFilter',
  '/Groups',
  'noSuchAttribute eq "x"',
)

export const refusesUnreadableFilters = refusingFilter(
  'A filter that cannot be read is 400 invalidFilter',
  '/Users',
  'userName eq "a" and',
)

async function makePeople(trial: Trial, most: number): Promise<string> {
  const title = trial.name('page')
  for (let made = 0; made < most; made += 1) await trial.person({ title })
  return title
}

export const pagesByIndex: Check = {
  name: 'startIndex and count cut a list into pages that hold everybody once',
  async run(trial) {
    const filter = encodeURIComponent(`title eq "${await makePeople(trial, 5)}"`)
    const seen = new Set<string | undefined>()
    for (const [startIndex, wanted] of [
      [1, 2],
      [3, 2],
      [5, 1],
    ] as const) {
      const answer = await trial.get(`/Users?filter=${filter}&startIndex=${startIndex}&count=2`)
      trial.wantList(answer)
      trial.same(read(answer.body, 'startIndex'), startIndex, '"startIndex"')
      trial.same(read(answer.body, 'totalResults'), 5, '"totalResults"')
      const itemsPerPage = typeof read(answer.body, 'itemsPerPage')
      trial.same(itemsPerPage, 'number', 'The type of "itemsPerPage"')
      trial.same(readList(answer.body, 'Resources').length, wanted, 'The number of people')
      for (const one of readList(answer.body, 'Resources')) seen.add(readId(one))
    }
    trial.same(seen.size, 5, 'The number of people on all pages')
  },
}

export const countsWithoutPeople: Check = {
  name: 'count=0 tells how many there are, and shows nobody',
  async run(trial) {
    await trial.person()
    const answer = await trial.get('/Users?count=0')
    trial.wantList(answer)
    trial.same(readList(answer.body, 'Resources').length, 0, 'The number of people')
    trial.holds(readNumber(answer.body, 'totalResults') >= 1, '"totalResults" is 0.')
  },
}

export const pagesByCursor: Check = {
  name: 'cursor= begins a list by pages of which each names the next, up to the last',
  async run(trial) {
    const filter = encodeURIComponent(`title eq "${await makePeople(trial, 3)}"`)
    const seen = new Set<string | undefined>()
    let cursor: string | undefined = ''
    for (let page = 0; page < 3 && cursor !== undefined; page += 1) {
      const from = encodeURIComponent(cursor)
      const answer = await trial.get(`/Users?filter=${filter}&count=2&cursor=${from}`)
      trial.wantList(answer)
      for (const one of readList(answer.body, 'Resources')) seen.add(readId(one))
      cursor = readText(answer.body, 'nextCursor')
    }
    trial.same(cursor, undefined, '"nextCursor" of the last page')
    trial.same(seen.size, 3, 'The number of people on all pages')
  },
}

/** Of the two ways to page a server may have one. */
export const pagesSomehow: Check = {
  name: 'A list is cut into pages that hold everybody once, by startIndex or by cursor',
  async run(trial) {
    const offered = read(await trial.features(), 'pagination')
    const hasCursorsAlone = read(offered, 'cursor') === true && read(offered, 'index') === false
    await (hasCursorsAlone ? pagesByCursor : pagesByIndex).run(trial)
  },
}

export const takesACountOfHundred: Check = {
  name: 'A count of 100 is taken, and one beyond every limit is no error',
  async run(trial) {
    await trial.person()
    for (const count of [100, 1_000_000]) {
      const answer = await trial.get(`/Users?count=${count}`)
      trial.wantList(answer)
      const shown = readList(answer.body, 'Resources').length
      const wanted = Math.min(100, readNumber(answer.body, 'totalResults'))
      trial.holds(shown >= wanted, `${shown} of ${wanted} people are shown for count=${count}.`)
    }
  },
}

export const listsAll: Check = {
  name: 'Without a count a list has at least 100 people, or everybody',
  async run(trial) {
    await trial.person()
    const answer = await trial.get('/Users')
    trial.wantList(answer)
    const shown = readList(answer.body, 'Resources').length
    const wanted = Math.min(100, readNumber(answer.body, 'totalResults'))
    trial.holds(shown > 0 && shown >= wanted, `${shown} of ${wanted} people are shown.`)
  },
}

export const listsAtMostThousand: Check = {
  name: 'A page has at most 1,000 people',
  async run(trial) {
    const most = readNumber(await trial.features(), 'filter', 'maxResults')
    trial.holds(most <= 1000, `"filter.maxResults" is ${most}.`)
  },
}

export const sortsByName: Check = {
  name: 'sortBy and sortOrder order a list, where sorting is supported',
  async run(trial) {
    const isThere = read(await trial.features(), 'sort', 'supported') === true
    if (!isThere) trial.skip('ServiceProviderConfig says that sorting is not supported.')
    const filter = encodeURIComponent(`title eq "${await makePeople(trial, 3)}"`)
    const order = async (sortOrder: string) =>
      (await trial.list(`/Users?filter=${filter}&sortBy=userName&sortOrder=${sortOrder}`)).map(
        (one) => readText(one, 'userName') ?? '',
      )
    const [up, down] = [await order('ascending'), await order('descending')]
    trial.same(up.length, 3, 'The number of people in the ascending list')
    trial.same(up, up.toSorted(), 'The ascending list')
    trial.same(down, up.toReversed(), 'The descending list')
  },
}

export const showsWhatIsAskedFor: Check = {
  name: 'attributes shows what it names beside the id, and excludedAttributes leaves out what it names',
  async run(trial) {
    const { path } = await trial.person()
    const named = await trial.read(`${path}?attributes=userName`)
    trial.holds(readText(named, 'userName') !== undefined, '"userName" was asked for.')
    trial.holds(readId(named) !== undefined, 'The "id" is missing.')
    trial.same(read(named, 'displayName'), undefined, '"displayName", which was not asked for,')
    const others = await trial.read(`${path}?excludedAttributes=displayName`)
    trial.same(read(others, 'displayName'), undefined, '"displayName", which was left out,')
    trial.holds(readText(others, 'userName') !== undefined, '"userName" is missing.')
  },
}

export const searchesByPost: Check = {
  name: 'A POST to .search finds what a filter finds',
  async run(trial) {
    await trial.person()
    const { body, id } = await trial.person()
    const filter = `userName eq "${readText(body, 'userName') ?? ''}"`
    const sent = { schemas: [messages.search], filter, startIndex: 1, count: 10 }
    const answer = await trial.send('POST', '/Users/.search', sent)
    trial.wantList(answer)
    trial.same(
      readList(answer.body, 'Resources').filter(isObject).map(readId),
      [id],
      'What it finds',
    )
  },
}
