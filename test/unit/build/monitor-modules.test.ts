import { createRequire } from 'node:module'
import { beforeAll, expect, test } from 'vitest'
import { agentNamed } from '../../../agents/by-name.ts'
import { bundledScript, lazyModules } from '../../../build/script/bundled-script.ts'
import { lazyModule } from '../../../build/script/lazy-module.ts'
import { monitorModules } from '../../../build/script/monitor-modules.ts'
import { exit } from '../../../ocf/exit.ts'
import type { runAgent } from '../../../ocf/runtime/run.ts'
import { type Subject, subjects } from '../../contract/contract.ts'
import { call } from '../../fake/call.ts'
import { fixtures } from '../../fake/nodes/agent-fixtures.ts'
import type { FakeSystem } from '../../fake/system.ts'

/*
 * What a monitor evaluates in each state of its resource, seen in the modules as the executable contains them. What main.ts and the
 * modules that touch the node evaluate is seen in test/bats/bundle.bats.
 */

const isOfHost = (name: string) => name === 'main.ts' || name.startsWith('system/host/')

/** The program, of which nothing has been evaluated yet. */
interface Program {
  readonly agentNamed: typeof agentNamed
  readonly runAgent: typeof runAgent
}

let load: (evaluated: (module: string) => void) => Program

beforeAll(async () => {
  const recorded = async (name: string, source: string) =>
    `evaluated(${JSON.stringify(name)});${await lazyModule(name, source)}`
  const { text } = await bundledScript(
    `module.exports = {
      agentNamed: name => require('./agents/by-name.ts').agentNamed(name),
      runAgent: (...call) => require('./ocf/runtime/run.ts').runAgent(...call),
    }`,
    { plugins: [lazyModules(recorded)], define: { VHACS_VERSION: '"0"' } },
  )
  const program = new Function('require', 'module', 'evaluated', `${text}; return module.exports`)
  load = evaluated => program(createRequire(import.meta.url), {}, evaluated)
}, 60_000)

const INSTANCE = { OCF_RESOURCE_INSTANCE: 'c0', OCF_RESKEY_CRM_meta_interval: '10000' }

/** The exit code of a call, and the modules that it evaluates. */
async function make(subject: Subject, action: string, system: FakeSystem) {
  const modules = new Set<string>()
  const program = load(name => modules.add(name))
  const agent = program.agentNamed(subject.agent)
  if (agent === undefined) throw new Error(`no agent ${subject.agent}`)
  const parameters = Object.entries(subject.parameters).map(([name, value]) => [`OCF_RESKEY_${name}`, value])
  const environment = { ...INSTANCE, ...Object.fromEntries(parameters) }
  // a plain monitor starts no child
  const startChild = () => Promise.reject(new Error('supervised'))
  const written = { writeOutput: () => {}, writeError: () => {} }
  const { code } = await program.runAgent(agent, { action, environment, system, startChild, ...written })
  return { code, modules: [...modules] }
}

/** Monitors of the resource stopped, started and, where it can be, promoted, and its meta-data. */
async function calls(subject: Subject) {
  const fixture = fixtures[subject.agent]?.()
  const agent = agentNamed(subject.agent)
  if (fixture === undefined || agent === undefined) throw new Error(`no fixture for ${subject.agent}`)
  const { system } = fixture
  const made = [await make(subject, 'meta-data', system), await make(subject, 'monitor', system)]
  for (const action of subject.isPromotable ? ['start', 'promote'] : ['start']) {
    await call(agent, action, { system, parameters: subject.parameters })
    made.push(await make(subject, 'monitor', system))
  }
  return made
}

test.each(subjects)('monitors of $agent evaluate only the listed modules, whatever the state', async subject => {
  const made = await calls(subject)
  const running = subject.isPromotable ? [exit.success, exit.runningPromoted] : [exit.success]
  expect(made.map(({ code }) => code)).toEqual([exit.success, exit.notRunning, ...running])
  for (const { modules } of made) expect(modules.filter(name => !monitorModules.includes(name))).toEqual([])
})

test('each listed module is evaluated by one of them', async () => {
  const made = (await Promise.all(subjects.map(calls))).flat()
  const evaluated = new Set(made.flatMap(({ modules }) => modules))
  expect(monitorModules.filter(name => !isOfHost(name) && !evaluated.has(name))).toEqual([])
})
