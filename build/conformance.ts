import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { faultsOf, reproducible, tablesOf } from './comparison.ts'
import { parseResults } from './cunit.ts'
import { root } from './root.ts'

/*
 * Writes the tables of docs/conformance.md from what iscsi-test-cu printed, which test/cluster/conformance/conformance.bats left in
 * dist/conformance; with --check it writes nothing, and fails if the tables are not current (apart from values that vary between
 * runs) or if lio-iblock is worse than targetcli.
 */
const resultsOf = (maker: string) => parseResults(readFileSync(join(root, 'dist/conformance', `${maker}.txt`), 'utf8'))
const [ours, theirs] = [resultsOf('lio-iblock'), resultsOf('targetcli')]
const file = join(root, 'docs/conformance.md')
const present = readFileSync(file, 'utf8')
const wanted = present.replace(
  /(?<=<!-- make conformance -->\n).*(?=<!-- end -->)/s,
  () => `\n${tablesOf(ours, theirs)}\n`,
)

if (process.argv.includes('--check')) {
  const faults = faultsOf(ours, theirs)
  if (reproducible(present) !== reproducible(wanted))
    faults.push('docs/conformance.md is not current: run "make conformance"')
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  process.exitCode = faults.length > 0 ? 1 : 0
} else {
  writeFileSync(file, wanted)
}
