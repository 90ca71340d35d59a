/** Networks that have to wait after too many attempts, in the memory of the isolate. */
import { BoundedMap } from '../bounded-map'

/** Milliseconds: the window of the limits in `wrangler.toml` after which a network has to wait. */
export const limitWindow = 60_000

export const maximumNetworks = 10_000

/** Networks, or networks of one scope, by the ends of their waits in milliseconds since 1970. */
export class WaitingNetworks {
  readonly #ends = new BoundedMap<string, number>(maximumNetworks)

  get isEmpty(): boolean {
    return this.#ends.size === 0
  }

  /** Has a network wait for as many milliseconds from now on. */
  hold(network: string, milliseconds: number = limitWindow): void {
    this.#ends.set(network, Date.now() + milliseconds)
  }

  /** Milliseconds that a network still has to wait, 0 for none. */
  timeLeft(network: string): number {
    return Math.max((this.#ends.get(network) ?? 0) - Date.now(), 0)
  }
}
