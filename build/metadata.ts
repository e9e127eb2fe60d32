import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { agents } from '../agents/all.ts'
import { cloudsSchema } from '../cloud/file/schema.ts'
import { metadata } from '../ocf/runtime/metadata.ts'
import { root } from './root.ts'
import { outputSchema } from './schema/output.ts'

/*
 * Writes metadata/<agent>.xml and the schemas of the file of clouds and of the output with --json; with --check it writes nothing, and fails if
 * a file is not current.
 */
const directory = join(root, 'metadata')
const wanted = new Map(agents.map(agent => [`${agent.name}.xml`, metadata(agent)]))
for (const [file, schema] of [
  ['clouds', cloudsSchema],
  ['output', outputSchema],
] as const)
  wanted.set(`${file}.schema.json`, `${JSON.stringify(schema, undefined, 2)}\n`)
const present = new Map(readdirSync(directory).map(file => [file, readFileSync(join(directory, file), 'utf8')]))
const stale = [...new Set([...wanted.keys(), ...present.keys()])].filter(file => wanted.get(file) !== present.get(file))

if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    process.stderr.write(`metadata/ is not current (${stale.join(', ')}): run "make metadata"\n`)
    process.exitCode = 1
  }
} else {
  for (const file of stale) {
    const text = wanted.get(file)
    if (text === undefined) rmSync(join(directory, file))
    else writeFileSync(join(directory, file), text)
  }
}
