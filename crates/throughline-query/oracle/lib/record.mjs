// Writes traces and expectations from their source, or compares what is there with it.

import { mkdir, writeFile } from 'node:fs/promises'
import { AREAS, authored, readLines, root } from './areas.mjs'
import { expectation } from './expect.mjs'
import { keyVectors } from './vectors.mjs'

/** Files by path, each a list of lines. */
async function recorded(areas) {
  const files = new Map()
  for (const area of areas) {
    const traces = await authored(area)
    files.set(
      `traces/${area}.jsonl`,
      traces.map((trace) => JSON.stringify(trace)),
    )
    const expected = []
    for (const trace of traces) {
      const { expect } = await expectation(trace, { jitters: 3 }).catch((error) => {
        throw new Error(`${trace.id}: ${error.message}`, { cause: error })
      })
      expected.push(JSON.stringify(expect))
    }
    files.set(`expected/${area}.jsonl`, expected)
  }
  files.set(
    'vectors/keys.jsonl',
    keyVectors().map((vector) => JSON.stringify(vector)),
  )
  return files
}

export async function record(areas = AREAS) {
  for (const [path, lines] of await recorded(areas)) {
    const url = new URL(path, root)
    await mkdir(new URL('.', url), { recursive: true })
    await writeFile(url, `${lines.join('\n')}\n`)
    console.log(`${path}: ${lines.length}`)
  }
}

/** The lines that are not as they would be recorded now. */
export async function compare(areas = AREAS) {
  let different = 0
  for (const [path, lines] of await recorded(areas)) {
    const there = await readLines(path)
    const stale = lines.filter((line, i) => line !== there[i])
    different += stale.length + Math.max(0, there.length - lines.length)
    for (const line of stale) console.error(`${path}: ${JSON.parse(line).id} differs`)
    if (there.length > lines.length)
      console.error(`${path}: ${there.length - lines.length} too many`)
  }
  return different
}
