import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { agents } from '../../../agents/all.ts'
import { metadata, usage } from '../../../ocf/runtime/metadata.ts'
import { agentWith } from './agent.ts'

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(match => match[1])

test('the elements are in the order that the DTD requires', () => {
  expect(matches(metadata(agentWith({})), /^<(version|longdesc|shortdesc|parameters|actions)\b/gm)).toEqual([
    'version',
    'longdesc',
    'shortdesc',
    'parameters',
    'actions',
  ])
})

test('parameters keep their order', () => {
  const parameter = { type: 'string', short: 's', long: 'l', parse: (text: string) => text } as const
  const agent = agentWith({ parameters: { zeta: parameter, alpha: parameter, mu: parameter } })
  expect(matches(metadata(agent), /<parameter name="(\w+)"/g)).toEqual(['zeta', 'alpha', 'mu'])
})

test('texts are escaped', () => {
  const parameter = { type: 'string', short: 'a < b', long: 'a & b', default: '"x"', parse: (t: string) => t } as const
  const xml = metadata(agentWith({ parameters: { x: parameter } }))
  expect(xml).toContain('<shortdesc lang="en">a &lt; b</shortdesc>')
  expect(xml).toContain('a &amp; b')
  expect(xml).toContain('default="&quot;x&quot;"')
})

test('a promotable agent has two monitors of different interval and role', () => {
  const xml = metadata(agentWith({ promote: async () => {}, demote: async () => {} }))
  expect(matches(xml, /<action name="monitor" [^>]*interval="(\d+s)"/g)).toEqual(['31s', '29s'])
  expect(matches(xml, /<action name="monitor" [^>]*role="(\w+)"/g)).toEqual(['Unpromoted', 'Promoted'])
})

test('the deeper monitors are not advertised: pcs would run all of them', () => {
  const xml = metadata(agentWith({ deepMonitor: { levels: [10, 20], check: async () => ({}) } }))
  expect(matches(xml, /<action name="monitor" [^>]*depth="(\d+)"/g)).toEqual(['0'])
})

describe.each(agents)('$name', agent => {
  test('has the committed meta-data', () => {
    const file = `${import.meta.dirname}/../../../metadata/${agent.name}.xml`
    expect(metadata(agent)).toBe(readFileSync(file, 'utf8'))
  })

  test('names its timeouts and intervals in seconds', () => {
    for (const time of matches(metadata(agent), /(?:timeout|interval)="([^"]*)"/g)) expect(time).toMatch(/^\d+s$/)
  })

  test('has promote and demote, or neither', () => {
    expect(agent.promote === undefined).toBe(agent.demote === undefined)
  })

  test('lists in its usage the actions of its meta-data, and usage, which is not in the meta-data because pcs would create an operation for it', () => {
    const actions = new Set(matches(metadata(agent), /<action name="([^"]*)"/g))
    const named = /\{(.*)\}/.exec(usage(agent))?.[1]?.split('|')
    expect(new Set(named)).toEqual(new Set([...actions, 'usage']))
  })
})
