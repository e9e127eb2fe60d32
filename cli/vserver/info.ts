import type { Vserver } from '../../cloud/cloud.ts'
import type { Failure } from '../../cloud/pacemaker/cluster-status.ts'
import type { Call } from '../command/verb.ts'
import { readState } from '../state/read-state.ts'
import { show } from '../state/show.ts'
import { type VserverState, vserverStates } from '../state/vservers.ts'
import { withWholeReasons } from '../state/whole-reasons.ts'
import { paragraphOf } from '../terminal/paragraph.ts'
import { partsOf } from './parts.ts'
import { selectVservers } from './select.ts'

/** What `--info` shows of a vserver. */
interface VserverInfo extends VserverState {
  /** The agent's parameters that differ from its defaults, by name. */
  readonly parameters: Readonly<Record<string, string>>
  readonly failures: readonly Failure[]
}

/** vhacs vserver --info */
export async function showVserverInfo(call: Call): Promise<void> {
  const { system, value } = call
  const { snapshot, status, active } = await readState(system)
  const vservers = selectVservers(value, snapshot.cluster)
  const states = vserverStates(snapshot.cluster, status, active)
  const parts = vservers.flatMap(partsOf)
  const failures = await withWholeReasons(
    system,
    status.failures.filter(({ resource }) => parts.includes(resource)),
  )
  const infos = vservers.map(vserver => infoOf(vserver, states, failures))
  show(call, { vservers: infos }, () => infos.flatMap(info => infoText(info).split('\n')))
}

function infoOf(vserver: Vserver, states: readonly VserverState[], failures: readonly Failure[]): VserverInfo {
  const state = states.find(({ name }) => name === vserver.name)
  if (state === undefined) throw new Error(`no state of ${vserver.name}`)
  const ours = partsOf(vserver)
  const parameters = Object.fromEntries(Object.entries(vserver.parameters))
  return { ...state, parameters, failures: failures.filter(({ resource }) => ours.includes(resource)) }
}

function infoText({
  name,
  storage,
  state,
  container,
  directory,
  address,
  network,
  parameters,
  failures,
}: VserverInfo): string {
  const { network: _, ...others } = parameters
  return paragraphOf(name, [
    ['state', state],
    ['storage', storage],
    ['container', container ? `on ${container.node}` : 'does not run'],
    ['directory', directory],
    ['network', network],
    ['address', address ?? 'none'],
    ...Object.entries(others).map(([parameter, value]) => [parameter.replaceAll('_', ' '), value] as const),
    ...(container ? [['shell', `vhacs vserver --shell ${name}`] as const] : []),
    ...failures.map(({ resource, node, action, reason, isDegraded }) => {
      return [`${isDegraded ? 'degraded' : 'failed'}: ${resource}`, `${action} on ${node}: ${reason}`] as const
    }),
  ])
}
