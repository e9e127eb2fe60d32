import { secretFilesOf } from '../../cloud/chap-files.ts'
import type { Cluster } from '../../cloud/cib/read/cluster.ts'
import { vserverNames } from '../../cloud/cib/read/vservers.ts'
import type { Cloud } from '../../cloud/cloud.ts'
import { snapshotVolumeName } from '../../system/block/snapshot-name.ts'
import type { System } from '../../system/system.ts'
import { readCib } from '../clouds/read-cib.ts'
import { remainsOf, selectClouds, selectRemains } from '../clouds/select.ts'
import { snapshotsOf } from '../clouds/snapshots/cloud-snapshots.ts'
import { refuseUsed } from '../clouds/users.ts'
import { confirm, requireAnswer } from '../command/confirm.ts'
import type { Call } from '../command/verb.ts'
import { timedWork } from '../command/work.ts'
import { interruptible } from '../run/interruptible.ts'
import { runJobs } from '../run/jobs.ts'
import { withClusterLock } from '../run/lock.ts'
import type { Work } from '../run/steps.ts'
import { destroyCloud, removeRemains } from './destroy-cloud.ts'

/** vhacs storage --destroy */
export async function destroyStorages(call: Call): Promise<void> {
  const { system, value, options } = call
  if (value !== 'ALL') requireAnswer(call, `destroy all data on ${value}`)
  const isForced = options.force === true
  const { cluster } = await readCib(system)
  const names = (isForced ? selectRemains(value, cluster) : selectClouds(value, cluster)).map(({ name }) => name)
  if (names.length === 0) throw new RangeError('there are no storages')
  const snapshots = await snapshotsText(
    system,
    cluster.clouds.filter(({ name }) => names.includes(name)),
  )
  const rest = snapshots + vserversText(cluster, names)
  await confirm(call, `destroy all data on ${names.join(', ')}${rest}`)
  const work = timedWork(call)
  if (options.yes && rest !== '') work.print(`this destroys ${names.join(', ')}${rest}`)
  await withClusterLock(work, async () => {
    // read again: another vhacs may have changed it. Only what was confirmed is destroyed, also for ALL
    const { nodes, clouds, vservers, ...rest } = (await readCib(system)).cluster
    const confirmed = clouds.filter(({ name }) => names.includes(name))
    if (!isForced) await refuseUsed(interruptible(system, work.interruption), confirmed, { nodes, vservers })
    const remains = isForced
      ? remainsOf({ nodes, clouds, vservers, ...rest })
      : confirmed.map(cloud => ({ name: cloud.name, cloud }))
    const left: string[] = []
    const jobs = remains
      .filter(({ name }) => names.includes(name))
      .map(({ name, cloud }) => ({
        name,
        outcome: cloud ? 'is destroyed' : 'is removed from the cluster',
        run: async (print: Work['print']) => {
          const ownWork = { ...work, print }
          const usedSecrets = clouds.filter(other => other.name !== name).flatMap(({ chap }) => secretFilesOf(chap))
          const how = { isForced, nodes: nodes.map(node => node.name), usedSecrets }
          left.push(...(await (cloud ? destroyCloud(ownWork, cloud, how) : removeRemains(ownWork, name))))
        },
      }))
    await runJobs(call.terminal, work, jobs).finally(() => left.forEach(work.print))
  })
}

/** Their snapshots, which LVM removes with the volumes; those on a node that does not answer are left out. */
async function snapshotsText(system: System, clouds: readonly Cloud[]): Promise<string> {
  const { snapshots } = await snapshotsOf(system, clouds)
  const labels = snapshots.map(({ cloud, name }) => snapshotVolumeName(cloud.name, name))
  return labels.length === 0 ? '' : `, with the snapshots ${labels.join(', ')}`
}

/** Their vservers, running or not, which are removed with their data. */
function vserversText({ vservers }: Cluster, clouds: readonly string[]): string {
  const names = clouds.flatMap(cloud => vserverNames(vservers, cloud))
  return names.length === 0 ? '' : `, with the vservers ${names.join(', ')}`
}
