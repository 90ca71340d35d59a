import { describe, expect, it } from 'vitest'
import { Turns } from '../../src/teams/turns'

/** A task that ends when it is told to. */
function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

describe('turns', () => {
  it('let one task at a time run, in the order of arrival, and go on after a failure', async () => {
    const turns = new Turns<string, string>(async (items) => items)
    const { open, opened } = gate()
    const log: string[] = []
    const first = turns.take(async () => {
      log.push('first begins')
      await opened
      log.push('first ends')
    })
    const second = turns.take(async () => {
      log.push('second')
      throw new Error('broken')
    })
    const third = turns.take(async () => log.push('third'))
    open()
    await first
    await expect(second).rejects.toThrow('broken')
    await third
    expect(log).toEqual(['first begins', 'first ends', 'second', 'third'])
  })

  it('bring items together that wait side by side, and keep those apart that do not', async () => {
    const groups: string[][] = []
    const turns = new Turns<string, string>(async (items) => {
      groups.push([...items])
      return items.map((item) => item.toUpperCase())
    })
    const { open, opened } = gate()
    const alone = turns.take(() => opened)
    const early = ['a', 'b', 'c', 'd'].map((item) => turns.join(item, 3))
    const between = turns.take(async () => groups.push(['alone']))
    const late = ['e', 'f'].map((item) => turns.join(item, 3))
    open()
    expect(await Promise.all([...early, ...late])).toEqual(['A', 'B', 'C', 'D', 'E', 'F'])
    await Promise.all([alone, between])
    expect(groups).toEqual([['a', 'b', 'c'], ['d'], ['alone'], ['e', 'f']])
    expect(await turns.join('g', 3)).toBe('G')
  })

  /** Turns that keep their groups; `pauses` says who comes in each pause of the crowded line. */
  function crowd(pauses: string[][]) {
    const groups: string[][] = []
    const pending: Promise<string>[] = []
    const join = (item: string) => pending.push(turns.join(item, 4))
    const turns: Turns<string, string> = new Turns(
      async (items) => {
        groups.push([...items])
        return items
      },
      async () => pauses.shift()?.forEach(join),
    )
    return { groups, join, done: () => Promise.all(pending) }
  }

  it('leave a crowded line open until nobody has come for a moment', async () => {
    const pauses = [['d'], ['e'], [], ['late']]
    const { groups, join, done } = crowd(pauses)
    for (const item of ['a', 'b']) join(item)
    await done()
    join('c')
    await done()
    expect(await done()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(groups).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ])
    expect(pauses).toEqual([['late']])
  })

  it('begin when the turn is full, whoever comes after', async () => {
    const { groups, join, done } = crowd([['d'], ['e', 'f', 'g'], [], []])
    for (const item of ['a', 'b']) join(item)
    await done()
    join('c')
    await done()
    await done()
    expect(groups).toEqual([['a', 'b'], ['c', 'd', 'e', 'f'], ['g']])
  })

  it('do not wait for others when one comes alone', async () => {
    const pauses = [['never']]
    const { groups, join, done } = crowd(pauses)
    for (const item of ['a', 'b', 'c']) {
      join(item)
      await done()
    }
    expect(groups).toEqual([['a'], ['b'], ['c']])
    expect(pauses).toEqual([['never']])
  })
})
