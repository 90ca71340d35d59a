/** What a deployment will do, step by step. */
import type { NamedBinding, PlannedTarget, Step } from '../deployment.ts'
import type { Residence } from './residence.ts'

export interface PlannedStep {
  readonly text: string
  /** What `deploy` calls it; undefined for what goes before, or after. */
  readonly step?: Step
}

/** Steps in the order in which they are done. */
export function planSteps(
  planned: Pick<PlannedTarget, 'config' | 'environment' | 'target'>,
  { jurisdiction, missingDatabases, missingNamespaces }: Residence,
): readonly PlannedStep[] {
  const { worker, databases } = planned.target
  const hosts = hostsOf(planned)
  // Wrangler asks nobody here before it does that.
  const at = hosts.length === 0 ? '' : `, at ${hosts.join(' and ')} in place of what is there now`
  const place = jurisdiction === undefined ? '' : ` in the jurisdiction ${jurisdiction}`
  const isMissing = ({ binding }: NamedBinding) =>
    missingDatabases.some((missing) => missing.binding === binding)
  // Without a jurisdiction the Worker's deployment makes what is missing.
  const isMadeLater = (database: NamedBinding) => jurisdiction === undefined && isMissing(database)
  const migrate = (database: NamedBinding) => ({
    step: { migrate: database.binding },
    text: `apply ${isMissing(database) ? 'all' : 'new'} migrations to ${database.binding} (${database.name})`,
  })
  return [
    ...missingDatabases.map(({ name }) => ({ text: `make the D1 database ${name}${place}` })),
    ...missingNamespaces.map(({ name, binding }) => ({
      text:
        jurisdiction === undefined
          ? `make the KV namespace of ${binding}, unless the Worker has one`
          : `make the KV namespace ${name}${place}`,
    })),
    ...databases.filter((database) => !isMadeLater(database)).map(migrate),
    {
      step: 'publish',
      text: `publish the Worker ${worker}, its Durable Objects${place || ' without a jurisdiction'}${at}`,
    },
    ...databases.filter(isMadeLater).map(migrate),
    { text: 'check /healthz' },
  ]
}

/** What `--env` means where `wrangler.toml` has no such environment; undefined where it has, and without `--env`. */
export function describeOwn(
  { file, target }: PlannedTarget,
  name: string | undefined,
): string | undefined {
  if (file === undefined || name === undefined) return undefined
  return `wrangler.toml has no [env.${name}]: ${target.worker} is a Worker of its own for the tenant ${name} alone.`
}

/** Custom domains of the Worker; an environment inherits those of the common one. */
function hostsOf({ config, environment }: Pick<PlannedTarget, 'config' | 'environment'>): string[] {
  const part = environment === undefined ? undefined : config.env?.[environment]
  return (part?.routes ?? config.routes ?? []).flatMap((route) =>
    typeof route === 'object' && 'custom_domain' in route && route.custom_domain
      ? [route.pattern]
      : [],
  )
}

/** What the operator agrees to. */
export function describePlan(
  steps: readonly PlannedStep[],
  warnings: readonly string[],
  account: string | undefined,
  more: readonly string[],
): string {
  return [
    `npm run deploy will${account === undefined ? '' : `, in the account ${account}`}:`,
    '',
    ...steps.map(({ text }, index) => `  ${index + 1}. ${text}`),
    '',
    ...warnings.map((warning) => `Note: ${warning}`),
    ...(more.length === 0 ? [] : [`Handed to wrangler deploy: ${more.join(' ')}`]),
  ].join('\n')
}
