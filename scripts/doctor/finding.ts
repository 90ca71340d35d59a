/** What the doctor found, one sentence for each thing that was looked at. */

export interface Finding {
  /** What was looked at, for example `secrets`. */
  readonly name: string
  /** `note` asks for a look and fails nothing; `skipped` could not be looked at. */
  readonly state: 'good' | 'note' | 'bad' | 'skipped'
  readonly text: string
  /** What to do, for `bad` and where it helps for others. */
  readonly remedy?: string
}

export function good(name: string, text: string): Finding {
  return { name, state: 'good', text }
}

export function bad(name: string, text: string, remedy: string): Finding {
  return { name, state: 'bad', text, remedy }
}

export function note(name: string, text: string, remedy: string): Finding {
  return { name, state: 'note', text, remedy }
}

export function skipped(name: string, text: string): Finding {
  return { name, state: 'skipped', text }
}
