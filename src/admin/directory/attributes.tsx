/** The attributes of a user or a team, as the identity provider stated them. */
import { isObject, type Json } from '../../scim/json'
import type { Entry } from '../../directory/browse'
import { Time } from '../shell/time'
import { textOf } from '../shell/values'

export function Attributes({ entry }: { readonly entry: Entry }) {
  return (
    <section class="card" aria-labelledby="attributes">
      <h2 id="attributes">Attributes</h2>
      <dl class="values">
        {Object.entries(entry.attributes).map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>
              <Value value={value} />
            </dd>
          </div>
        ))}
        <div>
          <dt>id</dt>
          <dd>
            <code>{entry.id}</code>
          </dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <Time at={entry.createdAt} />
          </dd>
        </div>
        <div>
          <dt>Changed</dt>
          <dd>
            <Time at={entry.updatedAt} /> (version {entry.version})
          </dd>
        </div>
      </dl>
    </section>
  )
}

function Value({ value }: { readonly value: Json }) {
  if (Array.isArray(value)) {
    return (
      <ul>
        {value.map((element) => (
          <li>
            <Value value={element} />
          </li>
        ))}
      </ul>
    )
  }
  if (!isObject(value)) return <>{textOf(value)}</>
  return (
    <>
      {Object.entries(value).map(([name, part], index) => (
        <>
          {index === 0 ? '' : ', '}
          <span class="hint">{name}</span> {textOf(part)}
        </>
      ))}
    </>
  )
}
