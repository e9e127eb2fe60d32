import { describe, expect, test } from 'vitest'
import { agents } from '../../../agents/all.ts'
import { RUN_DIRECTORY } from '../../../system/files.ts'
import { subjects } from '../../contract/contract.ts'
import { call, recurring } from '../../fake/call.ts'
import type { FakeSystem } from '../../fake/system.ts'
import { directory, errno, file } from '../../fake/tree.ts'
import { fixtureOf } from './tool-failure-cases.ts'

/*
 * Notes below /run/vhacs are hints. Whatever is in their places, and where they cannot be written, each action ends as it does
 * without them.
 */

const KINDS = ['score', 'fence', 'network', 'ext3', 'outage', 'interrupted', 'degraded', 'reason', 'thaw']
const PATHS = KINDS.flatMap(kind => ['c0', 'c0:deep'].map(id => `${RUN_DIRECTORY}/${kind}-${id}`))

const everywhere = (entry: (system: FakeSystem, path: string) => void) => (system: FakeSystem) => {
  for (const path of PATHS) entry(system, path)
}

const DAMAGES: Readonly<Record<string, (system: FakeSystem) => void>> = {
  'directories in their places': everywhere((system, path) => system.put(path, directory())),
  'other texts in them': everywhere((system, path) => system.put(path, file('\0{"a": [1e999, "\ud800"]} -1 NaN'))),
  'empty files': everywhere((system, path) => system.put(path, file(''))),
  'a file in place of the directory': system => system.put(RUN_DIRECTORY, file('')),
  'a full disk': system => {
    const { write, makeDirectory } = system
    const isBelow = (path: string) => path.startsWith('/run')
    const full = (call: string, path: string) => Promise.reject(errno('ENOSPC', call, path))
    system.write = (path, ...rest) => (isBelow(path) ? full('open', path) : write(path, ...rest))
    system.makeDirectory = (path, ...rest) => (isBelow(path) ? full('mkdir', path) : makeDirectory(path, ...rest))
  },
}

/** The exit codes of all that a resource goes through. */
async function codesOf(name: string, damage: (system: FakeSystem) => void): Promise<number[]> {
  const { system } = fixtureOf(name)
  const agent = agents.find(candidate => candidate.name === name)
  const subject = subjects.find(candidate => candidate.agent === name)
  if (agent === undefined || subject === undefined) throw new Error(`no agent ${name}`)
  const promotion = subject.isPromotable ? ['promote', 'monitor', 'demote'] : []
  const codes: number[] = []
  for (const action of ['monitor', 'start', 'monitor', ...promotion, 'stop', 'stop', 'monitor']) {
    damage(system)
    const { parameters } = subject
    codes.push((await call(agent, action, { system, parameters, environment: recurring })).code)
  }
  return codes
}

describe.each(agents.map(({ name }) => name))('%s does the same with', name => {
  test.each(Object.entries(DAMAGES))('%s', async (_, damage) => {
    expect(await codesOf(name, damage)).toEqual(await codesOf(name, () => undefined))
  })
})
