/**
 * Loaded before each script. JavaScript, because a Node that is too old can't read TypeScript and
 * would say so in its own words.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `This is Node ${process.versions.node}; Rollcall's commands need 22.18 or newer. ` +
      'On Linux `npm ci` brings Node 24 with it; elsewhere install Node 24.',
  )
  process.exit(1)
}
