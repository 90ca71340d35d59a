import { expect, it } from 'vitest'
import { BoundedMap } from '../src/bounded-map'

it('a bounded map forgets what was set longest ago, and nothing when an entry is set again', () => {
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
