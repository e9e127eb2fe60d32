import type { Cloud, Vserver, VserverParameters } from '../../cloud.ts'
import { composeVserver } from '../../compose/vservers/vserver.ts'
import type { Configuration, WantedVserver } from '../../configuration.ts'
import type { Problem } from '../../problem.ts'
import type { ResolveContext } from '../context.ts'
import { takenVserverIds } from '../problems/cib-problems.ts'
import { parameterProblems } from './parameter-problems.ts'
import { addressProblems, type CloudOfVservers, placeProblems, treeProblems, vserverNameProblems } from './problems.ts'

export interface ResolvedVserver {
  readonly wanted: WantedVserver
  /** As it is now; undefined when it is new. */
  readonly present: Vserver | undefined
  readonly vserver: Vserver
  readonly cloud: Cloud
}

/** One for each vserver of the configuration, in its order, without those that have a problem, or whose cloud has one. */
export interface VserverResolution {
  readonly vservers: readonly ResolvedVserver[]
  readonly problems: readonly Problem[]
}

/** Chooses what vservers leave open. An existing one keeps everything that is not named. */
export function resolveVservers(
  configuration: Configuration,
  clouds: readonly CloudOfVservers[],
  context: ResolveContext,
): VserverResolution {
  const { cluster } = context
  const problems: Problem[] = []
  const vservers = configuration.vservers.flatMap((wanted, index): ResolvedVserver[] => {
    const path = ['vservers', index]
    const found = [...cluster.vservers.complete, ...cluster.vservers.repairable]
    const present = found.find(({ name }) => name === wanted.name)
    const resolved = clouds.find(({ cloud }) => cloud.name === wanted.cloud)
    const wrong = [
      ...vserverNameProblems(wanted, present, cluster, path),
      ...placeProblems(wanted, { present, resolved, configuration }, context, path),
      ...addressProblems(wanted, { present, configuration }, context, path),
    ]
    problems.push(...wrong)
    const cloud = resolved?.cloud ?? cloudOutside(wanted.cloud, configuration, context)
    if (wrong.length > 0 || wanted.isMalformed || cloud === undefined) return []
    const vserver = present ? changedVserver(present, wanted) : newVserver(wanted)
    const faults = parameterProblems(vserver, cloud, path)
    problems.push(...faults)
    return faults.length > 0 ? [] : [{ wanted, present, vserver, cloud }]
  })
  const unusable = [
    ...treeProblems(vservers, configuration, cluster),
    ...(context.cib ? takenVserverIds(context.cib, compositionsOf(vservers, configuration)) : []),
  ]
  const wrong = new Set(unusable.map(({ path: [, index] }) => configuration.vservers[Number(index)]))
  return {
    vservers: vservers.filter(({ wanted }) => !wrong.has(wanted)),
    problems: [...problems, ...unusable],
  }
}

/** What would be added to the CIB. */
function compositionsOf(vservers: readonly ResolvedVserver[], configuration: Configuration) {
  return vservers
    .filter(({ present }) => present === undefined)
    .map(({ wanted, vserver, cloud }) => ({
      composition: composeVserver(vserver, cloud),
      index: configuration.vservers.indexOf(wanted),
    }))
}

/** A cloud of the cluster that the configuration does not name; one that it names has a problem of its own. */
function cloudOutside(name: string, { clouds }: Configuration, { cluster }: ResolveContext): Cloud | undefined {
  if (clouds.some(cloud => cloud.name === name)) return undefined
  return [...cluster.clouds, ...cluster.repairable].find(cloud => cloud.name === name)
}

function newVserver({ name, cloud, tree, parameters, address, state }: WantedVserver): Vserver {
  return {
    name,
    cloud,
    tree: tree ?? name,
    parameters: given(parameters),
    address: address === 'none' ? undefined : address,
    state: state ?? 'active',
  }
}

/** An existing vserver with the requested changes; values that are left open are kept. */
function changedVserver(present: Vserver, wanted: WantedVserver): Vserver {
  const { tree, parameters, address, state } = wanted
  return {
    ...present,
    tree: tree ?? present.tree,
    parameters: given({ ...present.parameters, ...parameters }),
    address: address === undefined ? present.address : address === 'none' ? undefined : address,
    state: state ?? present.state,
  }
}

/** Without the empty ones, for which the agent's defaults apply. */
function given(parameters: VserverParameters): VserverParameters {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''))
}
