import type { Results, Verdict } from './cunit.ts'

/** The tests of reservations, which lio-iblock refuses as a whole: docs/decisions/0014-no-scsi-reservations.md. */
const RESERVATIONS = /^(Prin|Prout|Reserve)/

/** The points in which `ours` is worse than `theirs`, one sentence each. */
export function faultsOf(ours: Results, theirs: Results): string[] {
  const names = [...new Set([...ours.keys(), ...theirs.keys()])]
  return names.flatMap(name => {
    const [our, their] = [ours.get(name), theirs.get(name)]
    if (our === undefined || their === undefined)
      return [`${name} ran with ${our === undefined ? 'targetcli' : 'lio-iblock'} only`]
    if (our === 'failed' && their !== 'failed') return [`${name} fails with lio-iblock, but not with targetcli`]
    if (our === 'skipped' && their === 'passed' && !RESERVATIONS.test(name))
      return [`${name} is skipped with lio-iblock, but passes with targetcli`]
    return []
  })
}

/** The tables of docs/conformance.md. */
export function tablesOf(ours: Results, theirs: Results): string {
  return `${totals(ours, theirs)}\n${suites(ours, theirs)}`
}

/**
 * The tables without values that vary between runs: the number of reservation tests that pass with targetcli depends on how fast
 * sessions end.
 */
export function reproducible(tables: string): string {
  const isOne = (line: string) => !/^\| (targetcli|Prin\w*|Prout\w*|Reserve\w*) \|/.test(line)
  return tables.split('\n').filter(isOne).join('\n')
}

const VERDICTS: readonly Verdict[] = ['passed', 'skipped', 'failed']

function totals(ours: Results, theirs: Results): string {
  const row = (name: string, results: Results) => [name, results.size, ...VERDICTS.map(of => count(results, of))]
  return table(['', 'tests', ...VERDICTS], [row('lio-iblock', ours), row('targetcli', theirs)])
}

function suites(ours: Results, theirs: Results): string {
  const names = [...new Set([...ours.keys()].map(suiteOf))]
  const rows = names.map(name => {
    const [our, their] = [only(ours, name), only(theirs, name)]
    const counts = [our, their].flatMap(results => VERDICTS.map(of => count(results, of)))
    return [name, our.size, ...counts, describeFailures(our, their)]
  })
  return table(
    [
      'suite',
      'tests',
      ...VERDICTS.map(of => `lio-iblock ${of}`),
      ...VERDICTS.map(of => `targetcli ${of}`),
      'which fail',
    ],
    rows,
  )
}

function describeFailures(ours: Results, theirs: Results): string {
  const failing = (results: Results) => [...results].flatMap(([name, verdict]) => (verdict === 'failed' ? [name] : []))
  const both = failing(ours).filter(name => theirs.get(name) === 'failed')
  const groups = [
    ['both', both],
    ['lio-iblock', failing(ours).filter(name => !both.includes(name))],
    ['targetcli', failing(theirs).filter(name => !both.includes(name))],
  ] as const
  return groups
    .filter(([, names]) => names.length > 0)
    .map(([whose, names]) => `${whose}: ${names.map(testOf).join(', ')}`)
    .join('; ')
}

const suiteOf = (name: string) => name.split('.')[0] ?? name
const testOf = (name: string) => name.split('.').slice(1).join('.')
const only = (results: Results, suite: string): Results =>
  new Map([...results].filter(([name]) => suiteOf(name) === suite))
const count = (results: Results, verdict: Verdict) => [...results.values()].filter(found => found === verdict).length

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}
