import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../scripts/root.ts'
import { readSources } from '../scripts/sources.ts'
import { BoundedMap } from '../src/bounded-map'

describe('a bounded map', () => {
  it('forgets what was set longest ago, and nothing when an entry is set again', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('first', 1).set('second', 2).set('first', 3)
    expect([...map]).toEqual([
      ['second', 2],
      ['first', 3],
    ])
    map.set('third', 4)
    expect([...map]).toEqual([
      ['first', 3],
      ['third', 4],
    ])
  })

  it('takes no key that is as long as a request can make it', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('k'.repeat(512), 1).set('k'.repeat(513), 2)
    expect([...map.values()]).toEqual([1])
  })

  it('forgets so many that a heavy entry fits, and takes none that is too heavy alone', () => {
    const map = new BoundedMap<string, string>(4, { most: 10, of: ({ length }) => length })
    map.set('first', '12345').set('second', '123').set('third', '12')
    map.set('fourth', '1234')
    expect([...map.keys()]).toEqual(['second', 'third', 'fourth'])
    map.set('second', '1')
    map.delete('fourth')
    map.set('fifth', '1234567')
    expect([...map.keys()]).toEqual(['third', 'second', 'fifth'])
    map.set('third', '12345678901')
    expect([...map.keys()]).toEqual(['second', 'fifth'])
  })
})

/** Collections without a bound of their own, and what bounds them. */
const boundedOtherwise: Readonly<Record<string, string>> = {
  'access/cloudflare-access.ts known': 'the teams of Access that a deployment names: one',
  'http/assets.ts read': 'the files of assets/',
  'http/met-limits.ts noted': 'the kinds of limits',
  'memberships/remove-from-teams.ts rendered': 'the lists of people that the code names',
  'tokens/refused-counts.ts waiting': 'counted before an entry is added',
}

/** A collection of a module that is empty at first: what is in it later came with requests. */
const emptyAtFirst =
  /^(?:export )?(?:const|let) (\w+)(?:: (?!readonly)[^\n]+)? =\s+(?:new (?:Map|Set)(?:<(?:(?!\n\n)[^])*?>)?\(\)|\[\]|\{\})$/gm

it('is what an isolate remembers in, between requests', async () => {
  const sources = await readSources(join(root, 'src'))
  const found = sources.flatMap(({ path, text }) =>
    Array.from(text.matchAll(emptyAtFirst), ([, name]) => `${path} ${name}`),
  )
  expect(found.toSorted()).toEqual(Object.keys(boundedOtherwise))
})
