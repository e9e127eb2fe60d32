import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { agents } from '../../../agents/all.ts'
import { agentPage } from '../../../build/manual/agent-page.ts'
import { cloudsPage, EXAMPLE } from '../../../build/manual/clouds-page.ts'
import { confExample, confPage } from '../../../build/manual/conf-page.ts'
import { readFile } from '../../../cloud/file/read-file.ts'
import { actionsOf } from '../../../ocf/runtime/metadata.ts'
import { parseVhacsConf, SETTINGS } from '../../../system/nodes/files/vhacs-conf.ts'

const pages = [
  { name: 'vhacs.conf(5)', text: confPage() },
  { name: 'vhacs-clouds(5)', text: cloudsPage() },
  ...agents.map(agent => ({ name: `ocf_vhacs_${agent.name}(7)`, text: agentPage(agent) })),
]

const groff = (page: string, ...options: readonly string[]) =>
  spawnSync('groff', ['-man', '-Tutf8', '-P-c', '-P-b', '-P-u', ...options], { input: page, encoding: 'utf8' })

/** As groff prints it, without line breaks; an apostrophe is typographic there. */
function rendered(page: string): string {
  return groff(page, '-rLL=100000n').stdout.replace(/\s+/g, ' ').replaceAll('’', "'")
}

const oneLine = (text: string) => text.trim().replace(/\s+/g, ' ')

test.each(pages)('$name is clean roff, and is found by its name', ({ name, text }) => {
  const [page = ''] = name.split('(')
  expect(groff(text, '-ww')).toMatchObject({ status: 0, stderr: '' })
  expect(rendered(text)).toContain(` NAME ${page} - `)
})

test.each(agents)('the page of $name has each parameter, as in the meta-data, and each action', agent => {
  const text = rendered(agentPage(agent))
  for (const [name, { long, default: initial }] of Object.entries(agent.parameters)) {
    expect(text).toContain(` ${name} (`)
    expect(text).toContain(oneLine(long))
    if (initial !== undefined) expect(text).toContain(`default "${initial}"`)
  }
  expect(text).toContain(oneLine(agent.long))
  for (const { name, timeoutSeconds } of actionsOf(agent)) expect(text).toContain(` ${name} ${timeoutSeconds} seconds`)
})

test('a primitive of a promotable agent is shown with a monitor for each role, and its clone', () => {
  const drbd = agents.find(({ promote }) => promote !== undefined)
  if (!drbd) throw new Error('no agent is promotable')
  const text = rendered(agentPage(drbd))
  expect(text).toContain('op monitor interval=31s role=Unpromoted op monitor interval=29s role=Promoted')
  expect(text).toContain('promotable=true')
})

describe('the file of clouds', () => {
  test('the page has every key, with the path to it', () => {
    const text = rendered(cloudsPage())
    for (const key of ['cluster', 'networks.storage.addresses', 'nodes[].roles', 'clouds[].size', 'clouds[].tpgt'])
      expect(text).toContain(` ${key} `)
    expect(text).toContain(' clouds[].chap.mutual.secret where the secret is')
  })

  test('the example of the page is accepted', () => {
    expect(readFile(EXAMPLE.join('\n')).problems).toEqual([])
  })
})

describe('the vhacs.conf of the package', () => {
  test('sets nothing: it is like a file that does not exist, or is empty', () => {
    const fault = '/etc/vhacs.conf: STORAGE_IFNAME is missing'
    expect(() => parseVhacsConf(confExample())).toThrow(fault)
    expect(() => parseVhacsConf('')).toThrow(fault)
  })

  test('is right when its comments are removed from the settings', () => {
    const settings = confExample().replace(/^#(?=[A-Z])/gm, '')
    expect(parseVhacsConf(settings)).toEqual({
      storageInterface: SETTINGS.STORAGE_IFNAME.example,
      heartbeatInterface: SETTINGS.HEARTBEAT_IFNAME.example,
      replicationInterface: SETTINGS.REPLICATION_IFNAME.example,
      serviceAddresses: SETTINGS.SERVICE_ADDRESSES.example,
    })
  })
})
