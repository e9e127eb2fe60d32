import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fakeCluster } from '../../../fake/cluster/cluster.ts'
import { edited } from '../../cloud/cib.ts'
import { bare, c0 } from '../../cloud/examples.ts'
import { given } from '../call.ts'
import { checkOutput } from '../output-schema.ts'

const DOCUMENT = readFileSync(new URL('../../../../docs/json.md', import.meta.url), 'utf8')

/** Two storages, one of them in standby, one that is none, and a failure. */
function example() {
  const cluster = fakeCluster([c0, { ...bare, state: 'standby' }, { ...c0, name: 'broken', directory: '/srv/broken' }])
  cluster.cib = edited(cluster.cib, ({ attributes }) => (attributes.id === 'broken-drbd-export-order' ? [] : undefined))
  cluster.failures = [{ resource: 'c0-session', node: 'node2', action: 'monitor', reason: 'no session' }]
  return cluster
}

/** Every name of a field in a value, however deep. */
function fieldsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, field]) => [name, ...fieldsOf(field)])
}

describe.each([
  'cluster -M',
  'node -l',
  'node -i node2',
  'storage -l',
  'storage -L',
  'storage -M',
  'storage -i c0,West-1',
])('%s --json', line => {
  test('is unchanged since it was documented', async () => {
    const { stdout } = await given(example()).run(`${line} --json`).succeeds()
    expect(JSON.parse(stdout.join('\n'))).toMatchSnapshot()
  })

  test('has no field that docs/json.md does not explain', async () => {
    const { stdout } = await given(example()).run(`${line} --json`)
    const { facts: _, ...explained } = Object.fromEntries(
      fieldsOf(JSON.parse(stdout.join('\n'))).map(name => [name, 1]),
    )
    const names = Object.keys(explained).filter(name => !/[ :]/.test(name) && name !== 'software')
    expect(names.filter(name => !DOCUMENT.includes(`\`${name}\``))).toEqual([])
  })
})

test.each([
  ['a field that it does not name', '{"storages": [], "incomplete": [], "more": 1}', /additional properties/],
  ['a missing field', '{"findings": [{"severity": "error", "node": null, "what": "w"}]}', /required property 'todo'/],
  [
    'another type',
    '{"findings": [{"severity": "error", "node": 1, "what": "w", "todo": "t"}]}',
    /node: must be string/,
  ],
])('the published schema does not allow %s', (_, text, message) => {
  expect(() => checkOutput(text)).toThrow(message)
})
