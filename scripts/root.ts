/** The project's folder. Every script starts here, so it is here that an old Node is told off. */
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `This is Node ${process.versions.node}. Use the npm scripts: they bring Node 24 with them ` +
      '(npm run dev, npm test). On a system for which it does not come along, install Node 24.',
  )
  process.exit(1)
}

export const root = fileURLToPath(new URL('..', import.meta.url))
