import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../../build/root.ts'
import { drbdConfig } from '../../../cloud/compose/drbd/config.ts'
import { c0 } from '../cloud/examples.ts'
import { type Relation, relations } from './relations.ts'

/* Which time-out must be below which: docs/time-outs.md, with the numbers of the code. */

const document = readFileSync(join(root, 'docs/time-outs.md'), 'utf8')

const timeText = ([name, seconds]: Relation['shorter']) => `${name}: ${Number(seconds.toFixed(1))} s`
const rowText = ({ shorter, longer, orEqual, why }: Relation) =>
  `| ${timeText(shorter)} | ${orEqual ? '≤' : '<'} | ${timeText(longer)} | ${why} |`

describe.each(Object.entries(relations))('%s', (heading, rows) => {
  test.each(rows.map(row => [row.shorter[0], row.longer[0], row] as const))('%s < %s', (_shorter, _longer, row) => {
    const { shorter, longer, orEqual } = row
    if (orEqual) expect(shorter[1]).toBeLessThanOrEqual(longer[1])
    else expect(shorter[1]).toBeLessThan(longer[1])
  })

  test('the document has these rows, and no others', () => {
    const [, section = ''] = document.split(`\n## ${heading}\n`)
    const found = section
      .split('\n## ')[0]
      ?.split('\n')
      .filter(line => /^\| (?!shorter|---)/.test(line))
    expect(found).toEqual(rows.map(rowText))
  })
})

const ENDS = c0.storageNodes.map((node, index) => ({ node, address: `192.0.2.${index + 1}` }))

test("the composed configuration sets none of DRBD's time-outs but ping-int", () => {
  const text = drbdConfig(c0, { ends: ENDS, major: 8, secret: 'x' })
  expect(text).not.toMatch(/\b(timeout|connect-int|ping-timeout|ko-count)\b/)
})
