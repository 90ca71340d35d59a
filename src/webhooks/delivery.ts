import { DurableObject } from 'cloudflare:workers'
import { inDatabase, type Databases } from '../database/placement'
import type { Webhook } from './store'
import { noTenant } from '../sealing/keys'
import type { Next } from './run'
import type { SendingEnvironment } from './send'

/**
 * `database` is absent for the main one, and in what older code has kept. An endpoint of all tenants has
 * `noTenant`.
 */
type Key = Pick<Webhook, 'tenantId' | 'id'> & { readonly database?: string }

/** Milliseconds until another run after one that ended with a bug. */
const brokenGap = 60_000

/**
 * One object per endpoint, named by tenant and endpoint, or for one of all tenants by that alone. It sees to it that one run follows the
 * other and none is beside another; everything else is in D1. It keeps its name and that of its
 * database, for the alarm.
 */
export class Delivery extends DurableObject<Databases & SendingEnvironment> {
  #isRunning = false
  /** True after a call during a run, which may have read the log before the caller wrote to it. */
  #isCalled = false

  /**
   * Says that there is something new. A run that waits for its time after failures goes on waiting,
   * unless the call is urgent: then what D1 says of that time is looked at again.
   */
  async wake(key: Key, isUrgent: boolean): Promise<void> {
    const { storage } = this.ctx
    if (this.#isRunning) {
      this.#isCalled = true
      return
    }
    const alarm = await storage.getAlarm()
    const isDue = alarm !== null && alarm <= Date.now()
    if (isDue || (alarm !== null && !isUrgent && !(await storage.get('isOpen')))) return
    if ((await storage.get('key')) === undefined) await storage.put('key', key)
    await storage.setAlarm(Date.now())
  }

  /** Never throws: an alarm that fails is repeated six times and then lost. */
  override async alarm(): Promise<void> {
    const { storage } = this.ctx
    this.#isRunning = true
    this.#isCalled = false
    const next = await this.#run()
    const isCalled = this.#isCalled
    this.#isRunning = false
    if (next.kind === 'gone') await storage.deleteAll()
    else if (isCalled) await storage.setAlarm(Date.now())
    else if (next.kind === 'at') await storage.setAlarm(next.time)
    if (next.kind === 'at') await this.#note(next.isOpen === true)
  }

  /** Whether a call comes before the time of the alarm: one that is not noted waits for it. */
  async #note(isOpen: boolean): Promise<void> {
    const { storage } = this.ctx
    if (isOpen === ((await storage.get('isOpen')) === true)) return
    await (isOpen ? storage.put('isOpen', true) : storage.delete('isOpen'))
  }

  async #run(): Promise<Next> {
    try {
      const key = await this.ctx.storage.get<Key>('key')
      if (!key) return { kind: 'gone' }
      if (key.tenantId === noTenant) {
        const { deliverFeed } = await import('./all/run')
        return await deliverFeed(this.env, key.id)
      }
      const home = inDatabase(this.env, key.database)
      // Once its database is configured again, the sweep finds what is left to deliver.
      if (!home) return { kind: 'rest' }
      const { deliverDue } = await import('./run')
      return await deliverDue(home, key)
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown'
      console.error(JSON.stringify({ message: 'A delivery failed', error: name }))
      return { kind: 'at', time: Date.now() + brokenGap }
    }
  }
}
