/** The filters of the log, and the addresses of its pages. */
import type { ActivityFilter } from '../../activity/browse'
import type { Tenant } from '../../tenants/tenant'
import { Filtered, hasRange, pathWith, RangeFields, rangeFields, type Range } from '../logs/range'
import { Field, Select } from '../shell/components'
import { tenantPath } from '../shell/context'
import { failureCodes, titleOf } from './failures'

/** What a page of the log shows. */
export interface View extends ActivityFilter, Range {}

export function Filters({ tenant, view }: { readonly tenant: Tenant; readonly view: View }) {
  const path = tenantPath(tenant, '/activity')
  return (
    <>
      <form method="get" action={path} class="filters" role="search" data-fields="5">
        <Select
          name="outcome"
          label="Outcome"
          value={view.outcome ?? ''}
          options={[
            ['', 'Any'],
            ['failed', 'Failed'],
            ['changed', 'Changed'],
            ['passedOver', 'Done, with something passed over'],
          ]}
        />
        <Select
          name="code"
          label="Error"
          value={view.code}
          options={[['', 'Any'], ...codesWith(view.code)]}
        />
        <Field
          name="search"
          label="Person or team"
          type="search"
          value={view.search}
          more={{ maxlength: 200, autocomplete: 'off', placeholder: 'Name or id' }}
        />
        <RangeFields {...view} />
        <button type="submit">Filter</button>
      </form>
      <Filtered isFiltered={isFiltered(view) || hasRange(view)} path={path} />
    </>
  )
}

export function isFiltered({ outcome, code, search }: ActivityFilter): boolean {
  return outcome !== undefined || code !== '' || search !== ''
}

/** The address of a page, or of the file, with a filter. */
export function pathOf(
  tenant: Tenant,
  { outcome, code, search, ...range }: View,
  more: Readonly<Record<string, string>> = {},
  page = '/activity',
): string {
  const fields = { outcome: outcome ?? '', code, search, ...rangeFields(range), ...more }
  return pathWith(tenantPath(tenant, page), fields)
}

/** The codes of the form; a code that only a link names is among them, so that it stays chosen. */
function codesWith(code: string): readonly (readonly [code: string, title: string])[] {
  const isOffered = code === '' || failureCodes.some(([offered]) => offered === code)
  return isOffered ? failureCodes : [...failureCodes, [code, titleOf(code)]]
}
