/** What is evaluated at first use. */
import { expect, it } from 'vitest'
import { atFirstUse } from '../src/at-first-use'

it('is not made before it is asked for, and made once', async () => {
  let count = 0
  const made = atFirstUse(async () => ({ number: (count += 1) }))
  expect(count).toBe(0)
  expect(await made()).toBe(await made())
  expect(count).toBe(1)
})

it('that fails is an error for the one who asked, and is made anew for the next', async () => {
  let count = 0
  const made = atFirstUse(async () => {
    count += 1
    if (count === 1) throw new Error('broken')
    return count
  })
  await expect(made()).rejects.toThrow('broken')
  expect(await made()).toBe(2)
})

it('lets nobody wait for what another has begun', async () => {
  const slow = Promise.withResolvers<string>()
  const answers = [slow.promise, Promise.resolve('second')]
  const made = atFirstUse(async () => answers.shift() ?? 'third')
  const first = made()
  expect(await made()).toBe('second')
  slow.resolve('first')
  // What was made first is what everybody has.
  expect(await first).toBe('second')
})
