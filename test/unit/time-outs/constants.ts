import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { agents } from '../../../agents/all.ts'
import { root } from '../../../build/root.ts'
import { compose } from '../../../cloud/compose/compose.ts'
import { promotedInterval } from '../../../cloud/compose/monitor-interval.ts'
import { seconds } from '../../../system/pacemaker/duration.ts'
import { c0 } from '../cloud/examples.ts'

/* Time-outs in the code and in the composed configuration, in seconds. */

/** The constant of a module; its name ends with its unit. @throws Error when the module has no such constant. */
export function constant(file: string, name: string): number {
  const [, text] = new RegExp(`^(?:export )?const ${name} = ([\\d_]+)$`, 'm').exec(textOf(file)) ?? []
  const value = Number(text?.replaceAll('_', '') ?? Number.NaN)
  const isMilliseconds = name.endsWith('MILLISECONDS')
  if (Number.isNaN(value) || !(isMilliseconds || name.endsWith('SECONDS')))
    throw new Error(`${file} has no constant ${name} with a unit`)
  return isMilliseconds ? value / 1000 : value
}

/** What the first group of a pattern matches in a file. @throws Error when nothing does. */
export function quoted(file: string, pattern: RegExp): number {
  const value = seconds(pattern.exec(textOf(file))?.[1])
  if (value === undefined) throw new Error(`${file} has nothing like ${pattern}`)
  return value
}

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** The time-out that an agent advertises for an action. */
export function advertised(agent: string, action: 'start' | 'stop' | 'monitor' | 'promote' | 'demote'): number {
  const value = agentNamed(agent).timeouts[action]
  if (value === undefined) throw new Error(`${agent} has no ${action}`)
  return value
}

/** The default of a parameter. */
export function byDefault(agent: string, parameter: string): number {
  const declared: { readonly default?: string } | undefined = agentNamed(agent).parameters[parameter]
  if (declared?.default === undefined) throw new Error(`${agent} has no default for ${parameter}`)
  return Number(declared.default)
}

function agentNamed(name: string) {
  const found = agents.find(agent => agent.name === name)
  if (found === undefined) throw new Error(`no agent ${name}`)
  return found
}

const composed = compose(c0).resources.flatMap(resource =>
  (resource.kind === 'group' ? resource.primitives : [resource.primitive]).map(primitive => ({ primitive, resource })),
)

/** The longest time-out that is composed for an action of any layer. */
export function longest(action: string): number {
  const operations = composed.flatMap(({ primitive }) => primitive.operations)
  return Math.max(...operations.filter(({ name }) => name === action).map(({ timeoutSeconds }) => timeoutSeconds))
}

/** The time-outs of an action of all layers together. */
export function sum(action: string): number {
  const operations = composed.flatMap(({ primitive }) => primitive.operations).filter(({ name }) => name === action)
  return operations.reduce((total, { timeoutSeconds }) => total + timeoutSeconds, 0)
}

/** The composed time-out of the service address, whose agent is not ours. */
export function ofAddress(action: string): number {
  const operations = composed.flatMap(({ primitive }) => (primitive.type === 'IPaddr2' ? primitive.operations : []))
  const found = operations.find(({ name }) => name === action)
  if (found === undefined) throw new Error(`IPaddr2 has no ${action}`)
  return found.timeoutSeconds
}

/** From one monitor to the end of the next, in the layer where that is longest. */
export function longestMonitorPeriod(): number {
  const periods = composed.flatMap(({ primitive }) =>
    primitive.operations.map(({ intervalMs, timeoutSeconds }) =>
      intervalMs > 0 ? intervalMs / 1000 + timeoutSeconds : 0,
    ),
  )
  return Math.max(...periods)
}

/** The longest interval of a monitor of a promoted side, whatever the minor number. */
export function promotedPeriod(): number {
  return Math.max(...Array.from({ length: 1000 }, (_, minor) => promotedInterval(minor))) / 1000
}

/** The shortest failure-timeout that is composed. */
export function failureTimeout(): number {
  return Math.min(...composed.map(({ resource }) => seconds(resource.meta['failure-timeout']) ?? Number.NaN))
}
