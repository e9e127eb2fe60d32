import { patchText } from '../../cloud/cib/patch.ts'
import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import { vserverRemovals, vserverStopPatch } from '../../cloud/cib/vservers/patches.ts'
import { type Cloud, treePath } from '../../cloud/cloud.ts'
import { vserverIds } from '../../cloud/ids.ts'
import { begunVservers } from '../../cloud/node-attributes.ts'
import type { Tree } from '../../system/nodes/trees/new-tree.ts'
import { removeTree, removeUnfinishedTree } from '../../system/nodes/trees/place.ts'
import type { System } from '../../system/system.ts'
import { changeCib } from '../clouds/change-cib.ts'
import { waitUntilForgotten, waitUntilInactive } from '../clouds/lifecycle.ts'
import { readCib } from '../clouds/read-cib.ts'
import { confirm, requireAnswer } from '../command/confirm.ts'
import { expandAmong } from '../command/name-ranges.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { interruptible } from '../run/interruptible.ts'
import { runJobs } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'
import { runSteps, type Step, type Work } from '../run/steps.ts'
import { forgetCreation } from './create/begun.ts'
import { suidNotes } from './create/remount.ts'
import { mountNode } from './create/site.ts'
import { partsOf } from './parts.ts'
import { selectVservers } from './select.ts'

/** What is to be destroyed: a vserver, or what the killed creation of one has left. */
interface Target {
  readonly name: string
  readonly cloud: Cloud
  readonly directory: string
  /** Whether the cluster has it. */
  readonly isInCluster: boolean
}

/** vhacs vserver --destroy */
export async function destroyVservers(call: Call): Promise<void> {
  const { system, value, options, terminal } = call
  const keeps = options['keep-tree'] === true
  const change = (text: string) => (keeps ? `remove ${text} from the cluster` : `destroy ${text} with all data`)
  if (value !== 'ALL') requireAnswer(call, change(value))
  const names = targetsIn(value, (await readCib(system)).cluster).map(({ name }) => name)
  if (names.length === 0) throw new RangeError('there are no vservers')
  await confirm(call, change(names.join(', ')))
  const work = timedWork(call)
  await withClusterLock(work, async () => {
    const reading = interruptible(system, work.interruption)
    // read again: another vhacs may have changed it. Only what was confirmed is destroyed, also for ALL
    const { cluster } = await readCib(reading)
    const confirmed = targetsIn('ALL', cluster).filter(({ name }) => names.includes(name))
    if (!keeps) for (const target of confirmed) requireSoleTree(target, cluster)
    const trees = await Promise.all(confirmed.map(target => (keeps ? undefined : treeOf(reading, target))))
    const jobs = confirmed.map((target, index) => ({
      name: target.name,
      outcome: keeps ? `is removed from the cluster; ${target.directory} is kept` : 'is destroyed',
      run: (print: Work['print']) => destroy({ ...work, print }, target, trees[index]),
    }))
    await runJobs(terminal, work, jobs)
    for (const note of suidNotes(cluster, names)) terminal.print(note)
  })
}

/** Those that a list of names refers to, also what killed creations have left. @throws RangeError as selectVservers. */
function targetsIn(text: string, cluster: Cluster): Target[] {
  const { clouds, vservers, nodes } = cluster
  const cloudNamed = (name: string) => clouds.find(cloud => cloud.name === name)
  const whole = [...vservers.complete, ...vservers.repairable].flatMap((vserver): Target[] => {
    const cloud = cloudNamed(vserver.cloud)
    return cloud ? [{ name: vserver.name, cloud, directory: treePath(cloud, vserver), isInCluster: true }] : []
  })
  const begun = begunVservers(nodes).flatMap(({ name, cloud: on }): Target[] => {
    const cloud = cloudNamed(on)
    if (cloud === undefined || [...vservers.complete, ...vservers.incomplete].some(other => other.name === name))
      return []
    return [{ name, cloud, directory: treePath(cloud, { tree: name }), isInCluster: false }]
  })
  const targets = [...new Map([...begun, ...whole].map(target => [target.name, target])).values()]
  if (text === 'ALL') return targets
  const known = [...targets, ...vservers.incomplete].map(({ name }) => name)
  return expandAmong(text, known).flatMap(name => {
    const found = targets.find(target => target.name === name)
    // refuses what is left, with a reason
    if (found === undefined) selectVservers(name, cluster)
    return found ?? []
  })
}

/** @throws RangeError for a tree that another vserver uses, or that has another one's tree in it. */
function requireSoleTree({ name, cloud, directory }: Target, { vservers: { complete, repairable } }: Cluster): void {
  const others = [...complete, ...repairable].filter(other => other.cloud === cloud.name && other.name !== name)
  const shared = others.find(other => `${treePath(cloud, other)}/`.startsWith(`${directory}/`))
  if (shared === undefined) return
  throw new RangeError(
    `${directory} is also the tree of ${shared.name}, or contains it: pass --keep-tree to remove ${name} from the cluster only`,
  )
}

/** Its tree, where its storage is mounted. @throws RangeError where it is not. */
async function treeOf(system: System, { name, cloud, directory }: Target): Promise<Tree> {
  const node = await mountNode(system, cloud)
  if (node !== undefined) return { node, mount: cloud.directory, directory }
  throw new RangeError(
    `${cloud.name} is not mounted, so ${directory} cannot be removed: start the storage first, or pass --keep-tree to remove ${name} from the cluster only`,
  )
}

/** It can be called again after a failure: the cluster forgets it last. */
async function destroy(work: Work, target: Target, tree: Tree | undefined): Promise<void> {
  const { name, isInCluster } = target
  const removal = tree && {
    name: `removing ${tree.directory} on ${tree.node}`,
    run: () => (isInCluster ? removeTree(work.system, tree) : removeUnfinishedTree(work.system, tree)),
  }
  const forget = { name: `forgetting the creation of ${name}`, run: () => forgetCreation(work.system, name) }
  await runSteps(
    [
      ...(isInCluster ? stopSteps(work, name) : []),
      ...(removal ? [removal] : []),
      ...(isInCluster ? removalSteps(work, name) : []),
      ...(isInCluster ? [] : [forget]),
    ],
    work,
  )
}

function stopSteps({ system, interruption }: Work, name: string): Step[] {
  return [
    { name: `requesting the stop of ${name}`, run: () => changeCib(system, cib => vserverStopPatch([name], cib)) },
    { name: `stopping ${name}`, waits: true, run: () => waitUntilInactive(system, partsOf({ name }), interruption) },
  ]
}

function removalSteps({ system, interruption }: Work, name: string): Step[] {
  return [
    {
      name: `removing ${vserverIds(name).group} from the cluster`,
      run: async () => {
        await changeCib(system, cib => patchText(vserverRemovals(name, cib)))
        await forgetCreation(system, name)
      },
    },
    {
      name: 'waiting until Pacemaker has deleted its history',
      waits: true,
      run: () => waitUntilForgotten(system, partsOf({ name }), interruption),
    },
  ]
}
