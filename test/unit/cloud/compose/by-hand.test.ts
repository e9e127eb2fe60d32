import { describe, expect, test } from 'vitest'
import { agents } from '../../../../agents/all.ts'
import { descendants, parseXml } from '../../../../cloud/xml.ts'
import { metadata } from '../../../../ocf/runtime/metadata.ts'
import { cibOf } from '../cib.ts'
import { verify } from '../pacemaker.ts'
import { EXAMPLES } from './agent-parameters.ts'
import { createdByPcs } from './crm-and-pcs.ts'

/*
 * Resources that an operator creates without the composer. pcs makes an operation of what the meta-data advertise.
 */

const CLONE = ['promotable', 'notify=true']

const known = Object.fromEntries(agents.map(agent => [agent.name, metadata(agent)]))
const created = createdByPcs(
  cibOf({ clouds: [], nodes: ['node1'] }),
  agents.map(({ name }) => [
    ...['resource', 'create', name, `ocf:vhacs:${name}`, ...(EXAMPLES[name] ?? [])],
    ...(name === 'drbd-cloud' ? CLONE : []),
  ]),
  known,
)

test('what pcs creates is a valid configuration', () => {
  expect(verify(created)).toBe('')
})

describe.each(agents)('$name, created by pcs', ({ name }) => {
  const primitive = descendants(parseXml(created), 'primitive').find(({ attributes }) => attributes.id === name)
  const operations = primitive?.children.flatMap(({ children }) => children).filter(child => child.name === 'op') ?? []

  test('has the operations that are in its golden text', () => {
    const lines = operations.map(({ attributes }) => {
      const { name: action = '', interval = '', timeout = '', role = '' } = attributes
      return [action, interval, timeout, role].join(' ').trim()
    })
    expect(lines.toSorted().join('\n')).toMatchSnapshot()
  })

  test('has one recurring monitor for each role, which does no I/O', () => {
    const recurring = operations.filter(({ attributes }) => attributes.interval !== '0s')
    expect(recurring.map(({ attributes }) => attributes.name)).toEqual(recurring.map(() => 'monitor'))
    expect(recurring).toHaveLength(name === 'drbd-cloud' ? 2 : 1)
    expect(JSON.stringify(recurring)).not.toContain('OCF_CHECK_LEVEL')
  })
})
