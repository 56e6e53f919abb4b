// The command line: see README.md.

import './lib/env.mjs'
import { createInterface } from 'node:readline'

const [command, ...args] = process.argv.slice(2)

const option = (name, fallback) => {
  const at = args.indexOf(`--${name}`)
  return at === -1 ? fallback : Number(args[at + 1])
}
const flag = (name) => args.includes(`--${name}`)
const areas = () => {
  const named = args.filter((arg, i) => !arg.startsWith('--') && !args[i - 1]?.startsWith('--'))
  return named.length > 0 ? named : undefined
}

/** A line of output; waits while the reader is slow. */
const write = (json) =>
  new Promise((resolve) => {
    if (process.stdout.write(`${JSON.stringify(json)}\n`)) resolve()
    else process.stdout.once('drain', resolve)
  })

const commands = {
  async run() {
    const { expectation } = await import('./lib/expect.mjs')
    for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
      if (line.trim() === '') continue
      const trace = JSON.parse(line)
      const answer = await expectation(trace).catch((error) => ({ error: error.message }))
      await write(answer.expect ?? { id: trace.id, ...answer })
    }
  },

  async serve() {
    const { serve } = await import('./lib/serve.mjs')
    await serve(process.stdin, write)
  },

  async record() {
    const { compare, record } = await import('./lib/record.mjs')
    if (!flag('check')) return record(areas())
    const different = await compare(areas())
    console.log(different === 0 ? 'all as recorded' : `${different} lines differ`)
    if (different > 0) process.exitCode = 1
  },

  async check() {
    const { check } = await import('./lib/check.mjs')
    const { complaints, count } = await check(areas())
    for (const complaint of complaints) console.error(complaint)
    console.log(`${count} traces, ${complaints.length} complaints`)
    if (complaints.length > 0) process.exitCode = 1
  },

  async coverage() {
    const { coverage } = await import('./lib/coverage.mjs')
    const { shares, rare } = coverage(option('count', 2000), option('seed', 1))
    for (const [feature, share] of shares) {
      console.log(`${(share * 100).toFixed(2).padStart(6)} %  ${feature}`)
    }
    for (const [feature] of rare) console.error(`too rare: ${feature}`)
    if (rare.length > 0) process.exitCode = 1
  },

  async speed() {
    const { generated } = await import('./lib/serve.mjs')
    const count = option('count', 1000)
    const start = process.cpuUsage()
    const jitters = option('jitters', 1)
    for (let i = 0; i < count; i++) await generated(option('seed', 1), i, { jitters })
    const { user, system } = process.cpuUsage(start)
    console.log(`${Math.round(count / ((user + system) / 1e6))} traces per second of CPU time`)
  },
}

if (!commands[command]) {
  console.error(`usage: node oracle.mjs ${Object.keys(commands).join('|')}`)
  process.exit(2)
}
await commands[command]()
