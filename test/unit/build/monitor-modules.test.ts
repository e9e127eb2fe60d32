import { createRequire } from 'node:module'
import { beforeAll, expect, test } from 'vitest'
import { agentNamed } from '../../../agents/by-name.ts'
import { linkedModule } from '../../../build/script/linked-module.ts'
import { mainScript } from '../../../build/script/loader.ts'
import { moduleGraph } from '../../../build/script/module-graph.ts'
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

const ENTRIES = ['agents/by-name.ts', 'ocf/runtime/run.ts']
const isOfHost = (name: string) => name === 'main.ts' || name.startsWith('system/host/')

/** The program, of which nothing has been evaluated yet. */
interface Program {
  readonly agentNamed: typeof agentNamed
  readonly runAgent: typeof runAgent
  /** By the place of a module in `names`. */
  readonly loaded: readonly unknown[]
}

let names: readonly string[]
let load: () => Program

beforeAll(async () => {
  const graphs = await Promise.all(ENTRIES.map(moduleGraph))
  const modules = new Map(graphs.flat().flatMap(module => (module.isPackage ? [] : [[module.name, module]])))
  names = [...modules.keys()]
  const ids = new Map(names.map((name, id) => [name, id]))
  const linked = await Promise.all([...modules.values()].map(module => linkedModule(module, ids, '0')))
  const [byName, run] = ENTRIES.map(entry => `$(${ids.get(entry)})`)
  const script = mainScript(
    linked.map(({ text }) => text),
    [],
    0,
  )
  const result = `return { loaded, agentNamed: name => ${byName}.agentNamed(name), runAgent: (...call) => ${run}.runAgent(...call) };`
  const program = new Function('require', '__dirname', script.replace(/\$\(0\);\n$/, result))
  load = () => program(createRequire(import.meta.url), '')
})

const INSTANCE = { OCF_RESOURCE_INSTANCE: 'c0', OCF_RESKEY_CRM_meta_interval: '10000' }

/** The exit code of a call, and the modules that it evaluates. */
async function make(subject: Subject, action: string, system: FakeSystem) {
  const program = load()
  const agent = program.agentNamed(subject.agent)
  if (agent === undefined) throw new Error(`no agent ${subject.agent}`)
  const parameters = Object.entries(subject.parameters).map(([name, value]) => [`OCF_RESKEY_${name}`, value])
  const environment = { ...INSTANCE, ...Object.fromEntries(parameters) }
  // a plain monitor starts no child
  const startChild = () => Promise.reject(new Error('supervised'))
  const written = { writeOutput: () => {}, writeError: () => {} }
  const { code } = await program.runAgent(agent, { action, environment, system, startChild, ...written })
  return { code, modules: names.filter((_, id) => program.loaded[id] !== undefined) }
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
