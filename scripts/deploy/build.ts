/** Building without publishing. */
import {
  configOption,
  deploy,
  fileOf,
  unseen,
  type PlannedTarget,
  type Wrangler,
} from '../deployment.ts'
import type { Tools } from './tools.ts'

/** Builds from a draft, which goes: the configuration of an earlier deployment stays as it is. */
export async function runDry(
  { wrangler, write, remove }: Tools,
  { config, file, target }: PlannedTarget,
  more: readonly string[],
): Promise<number> {
  if (file === undefined) return (await deploy(wrangler, target, more)).code
  const draft = `${target.worker}.dry-run`
  await write(fileOf(draft), config)
  try {
    return (await deploy(wrangler, { ...target, parameters: configOption(draft) }, more)).code
  } finally {
    await remove(fileOf(draft))
  }
}

/**
 * What wrangler says when it cannot build the Worker with these options: neither a value that it does not take nor
 * a fault of the source may come to light after the migrations. Undefined for a Worker that can be built.
 */
export async function findBuildFailure(
  tools: Tools,
  planned: PlannedTarget,
  more: readonly string[],
): Promise<string | undefined> {
  let said = ''
  const wrangler: Wrangler = async (parameters) => {
    const ended = await tools.wrangler(parameters, unseen)
    said = `${ended.output}${ended.errors}`.trim()
    return ended
  }
  tools.progress.tell('building the Worker')
  const code = await runDry({ ...tools, wrangler }, planned, [...more, '--dry-run'])
  tools.progress.clear()
  return code === 0 ? undefined : said
}
