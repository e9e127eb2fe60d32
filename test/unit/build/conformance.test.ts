import { describe, expect, test } from 'vitest'
import { faultsOf, reproducible, tablesOf } from '../../../build/comparison.ts'
import { parseResults, type Results, type Verdict } from '../../../build/cunit.ts'

/** As iscsi-test-cu 1.19.0 of Debian 12 prints it, cut down to five tests. */
const printed = `
     CUnit - A unit testing framework for C - Version 2.1-3

Suite: CompareAndWrite
  Test: Simple ...    [FAILED] COMPAREANDWRITE failed with wrong sense.

FAILED
    1. test_compareandwrite_simple.c:71  - CU_ASSERT_EQUAL(_r,0)
  Test: DpoFua ...    [SKIPPED] REPORT_SUPPORTED_OPCODES is not implemented.
passed
  Test: Unwritten ...passed
Suite: ModeSense6
  Test: Control-SWP ...    SWP is not changeable
passed    [SKIPPED] PERSISTENT RESERVE IN is not implemented.
Suite: Reserve6
  Test: Logout ...passed

Run Summary:    Type  Total    Ran Passed Failed Inactive
              suites      3      3    n/a      0        0
               tests      5      5      4      1        0
             asserts     40     40     39      1      n/a
`

const of = (verdicts: Readonly<Record<string, Verdict>>): Results => new Map(Object.entries(verdicts))

describe('the output of iscsi-test-cu', () => {
  test('is read by suite and test; text after a result does not belong to the test', () => {
    expect(Object.fromEntries(parseResults(printed))).toEqual({
      'CompareAndWrite.Simple': 'failed',
      'CompareAndWrite.DpoFua': 'skipped',
      'CompareAndWrite.Unwritten': 'passed',
      'ModeSense6.Control-SWP': 'passed',
      'Reserve6.Logout': 'passed',
    })
  })

  test.each([
    ['ended in the middle', printed.slice(0, printed.indexOf('Run Summary'))],
    ['lost a test', printed.replace('  Test: Unwritten ...passed\n', '')],
    ['counts a failure that is not seen', printed.replace('4      1        0', '3      2        0')],
  ])('is refused when it %s', (_, text) => {
    expect(() => parseResults(text)).toThrow('but CUnit counts')
  })
})

describe('lio-iblock is worse', () => {
  const theirs = of({ 'Read6.Simple': 'passed', 'Reserve6.Logout': 'passed', 'Verify10.Mismatch': 'failed' })

  test.each<[string, Readonly<Record<string, Verdict>>, string[]]>([
    ['not where both fail, nor where it refuses reservations', { 'Reserve6.Logout': 'skipped' }, []],
    [
      'where it alone fails',
      { 'Read6.Simple': 'failed' },
      ['Read6.Simple fails with lio-iblock, but not with targetcli'],
    ],
    [
      'where it fails with a reservation',
      { 'Reserve6.Logout': 'failed' },
      [expect.stringContaining('Reserve6.Logout')],
    ],
    [
      'where it alone lacks something',
      { 'Read6.Simple': 'skipped' },
      [expect.stringContaining('Read6.Simple is skipped')],
    ],
    ['where a test ran with it only', { 'Read6.BeyondEol': 'passed' }, ['Read6.BeyondEol ran with lio-iblock only']],
  ])('%s', (_, changes, faults) => {
    expect(faultsOf(of({ ...Object.fromEntries(theirs), ...changes }), theirs)).toEqual(faults)
  })
})

test('the tables count by suite and list the failures of each exporter', () => {
  const ours = of({ 'Verify10.Simple': 'passed', 'Verify10.Mismatch': 'failed', 'Reserve6.Logout': 'skipped' })
  const theirs = of({ 'Verify10.Simple': 'failed', 'Verify10.Mismatch': 'failed', 'Reserve6.Logout': 'passed' })
  const tables = tablesOf(ours, theirs)
  expect(tables).toContain('| lio-iblock | 3 | 1 | 1 | 1 |\n| targetcli | 3 | 1 | 0 | 2 |\n')
  expect(tables).toContain('| Verify10 | 2 | 1 | 0 | 1 | 0 | 0 | 2 | both: Mismatch; targetcli: Simple |\n')
  expect(tables).toContain('| Reserve6 | 1 | 0 | 1 | 0 | 1 | 0 | 0 |  |\n')
  expect(reproducible(tables)).not.toMatch(/Reserve6|\| targetcli \|/)
  expect(reproducible(tables)).toContain('| Verify10 |')
})
