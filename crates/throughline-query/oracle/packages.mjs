// Whether the packages in node_modules are those of package-lock.json.
//
//   node packages.mjs            # says what is wrong, if anything is, and then fails
//   node packages.mjs install    # has npm put it right
//
// npm writes node_modules/.package-lock.json when it has finished: an installation that was broken off,
// or that still goes on, has none.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const packages = (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).packages

function wrong() {
  const wanted = Object.entries(packages('package-lock.json')).filter(([path]) => path !== '')
  if (!existsSync(join(folder, 'node_modules/.package-lock.json'))) return 'the pinned packages are not installed'
  const there = packages('node_modules/.package-lock.json')
  for (const [path, { version, integrity }] of wanted) {
    const found = there[path]
    const is = found?.version === version && found.integrity === integrity
    if (!is || !existsSync(join(folder, path, 'package.json'))) {
      return `${path} is not version ${version} of package-lock.json`
    }
  }
  return undefined
}

let why = wrong()
if (why && process.argv[2] === 'install') {
  console.error(`installing the pinned packages of the oracle: ${why}`)
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { error, status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    // Left to itself npm leaves packages out in production, and speaks of newer versions of its own.
    env: { ...process.env, NODE_ENV: undefined, npm_config_update_notifier: 'false' },
  })
  // What went wrong npm has said already.
  if (status !== 0) {
    if (error) console.error(`npm could not be started: ${error.message}`)
    process.exit(1)
  }
  why = wrong()
}
if (why) {
  console.error(`${why} in ${folder}`)
  process.exitCode = 1
}
