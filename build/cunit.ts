/** The result of a test of iscsi-test-cu; CUnit itself counts skipped tests as passed. */
export type Verdict = 'passed' | 'skipped' | 'failed'

/** By `SUITE.TEST`, in the order in which they ran. */
export type Results = ReadonlyMap<string, Verdict>

/** The tests in the output of iscsi-test-cu. @throws Error if the run did not finish, or CUnit's own counts differ. */
export function parseResults(text: string): Results {
  const suites = split(text, /^\s*Suite: (\S+)/m)
  const results = new Map(
    suites.flatMap(([suite, tests]) =>
      split(tests, /^\s*Test: (\S+) \.\.\./m).map(([test, output]) => [`${suite}.${test}`, verdictIn(output)] as const),
    ),
  )
  const failures = [...results.values()].filter(verdict => verdict === 'failed').length
  const counted = /^ *tests +(\d+) +(\d+) +\d+ +(\d+)/m.exec(text)?.slice(1).map(Number) ?? []
  if (counted.join() !== [results.size, results.size, failures].join())
    throw new Error(
      `found ${results.size} tests, ${failures} of them failed, but CUnit counts (all, run, failed): ${counted.join(', ') || 'nothing'}`,
    )
  return results
}

/** The sections under the heading: the name and the text of each. */
function split(text: string, heading: RegExp): (readonly [string, string])[] {
  const [, ...pieces] = text.split(heading)
  return pieces.flatMap((name, index) => (index % 2 === 0 ? [[name, pieces[index + 1] ?? ''] as const] : []))
}

/** Text after the result belongs to the end of the suite. */
function verdictIn(output: string): Verdict {
  const found = /^(passed|FAILED)/m.exec(output)
  if (found === null) return 'failed'
  if (found[1] === 'FAILED') return 'failed'
  return output.slice(0, found.index).includes('[SKIPPED]') ? 'skipped' : 'passed'
}
