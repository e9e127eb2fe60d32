import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { drbdDevice, drbdPort, portalOf } from '../../../cloud/devices.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import type { Takeover } from '../../../cloud/readiness/takeovers.ts'
import { lastRehearsal } from '../../../cloud/rehearsal/record.ts'
import { lastVerification } from '../../../cloud/verification/record.ts'
import { DrbdConfigError } from '../../../system/drbd/config/syntax.ts'
import { diskIdentity, loggedInOn } from '../../../system/nodes/storage-facts.ts'
import { Missing, type System, ToolFailed } from '../../../system/system.ts'
import { fencesOn } from '../../clouds/fence-constraints.ts'
import { selectClouds } from '../../clouds/select.ts'
import { nodesWithParts, readinessOf } from '../../cluster/readiness/readiness.ts'
import type { Call } from '../../command/verb.ts'
import { takeoverObject } from '../../readiness/takeover-text.ts'
import { messageOf } from '../../run/steps.ts'
import { whyUnavailable } from '../../run/unavailable.ts'
import { clusterNotices } from '../../state/cluster-notices.ts'
import { readWholeState } from '../../state/read-state.ts'
import { show } from '../../state/show.ts'
import type { StorageState } from '../../state/storages.ts'
import { withWholeReasons } from '../../state/whole-reasons.ts'
import { lastRehearsalObject } from '../rehearse/last-rehearsal.ts'
import { lastVerificationObject } from '../verify/last-verification.ts'
import { type Facts, factsOf } from './facts.ts'
import { infoText } from './info-text.ts'
import type { StorageInfo } from './storage-info.ts'

/** vhacs storage --info */
export async function showStorageInfo(call: Call): Promise<void> {
  const { system, value } = call
  const { state, ...known } = await readWholeState(system)
  const { snapshot, status } = known
  const clouds = selectClouds(value, snapshot.cluster)
  const [notices, failures, readiness] = await Promise.all([
    clusterNotices(system, status),
    withWholeReasons(system, status.failures),
    readinessOf(system, known, { clouds, nodes: nodesWithParts(known, clouds) }).catch(whyUnavailable),
  ])
  const facts = factsOf(system, clouds)
  const infos = await Promise.all(
    clouds.map(cloud => {
      const found = state.storages.find(({ name }) => name === cloud.name)
      if (!found) throw new Error(`no state of ${cloud.name}`)
      const parts: string[] = Object.values(resourceIds(cloud.name))
      const rehearsal = lastRehearsal(cloud.name, snapshot.cluster.nodes)
      const verification = lastVerification(cloud.name, snapshot.cluster.nodes)
      const ours = failures.filter(({ resource }) => parts.includes(resource))
      return infoOf({ system, facts }, cloud, {
        ...{ ...found, fences: fencesOn(cloud.name, snapshot.text), failures: ours },
        vservers: state.vservers.filter(({ storage }) => storage === cloud.name),
        ...reportOf(cloud, readiness, snapshot.cluster),
        lastRehearsal: rehearsal ? lastRehearsalObject(rehearsal, system.now()) : null,
        lastVerification: verification ? lastVerificationObject(verification, system.now()) : null,
      })
    }),
  )
  const objects = infos.map(info => ({ ...info, takeovers: info.takeovers.map(takeoverObject) }))
  const texts = infos.length === 0 ? ['there are no storages'] : infos.flatMap(info => infoText(info).split('\n'))
  show(call, { storages: objects }, () => [...notices, ...texts])
}

/** What becomes of a cloud; nothing, and why, where the scheduler could not be asked. And its vservers that cannot be shown. */
function reportOf({ name }: Cloud, readiness: readonly Takeover[] | string, { vservers }: Cluster) {
  const half = vservers.incomplete.filter(({ cloud }) => cloud === name)
  const problems = half.map(vserver => `the vserver ${vserver.name} differs from what vhacs created: ${vserver.why}`)
  if (typeof readiness === 'string') return { takeovers: [], problems: [...problems, readiness] }
  return { takeovers: readiness.filter(({ cloud }) => cloud === name), problems }
}

async function infoOf(
  { system, facts }: { readonly system: System; readonly facts: Facts },
  cloud: Cloud,
  state: StorageState &
    Pick<
      StorageInfo,
      'fences' | 'failures' | 'takeovers' | 'lastRehearsal' | 'lastVerification' | 'problems' | 'vservers'
    >,
): Promise<StorageInfo> {
  const { target, mount } = state
  const problems = [...state.problems]
  const orNull = async <T>(fact: Promise<T | undefined>): Promise<T | null> => {
    try {
      return (await fact) ?? null
    } catch (error) {
      if (![ToolFailed, Missing, DrbdConfigError].some(kind => error instanceof kind)) throw error
      problems.push(messageOf(error))
      return null
    }
  }
  const volume = `${cloud.volumeGroup}/${cloud.name}`
  const [volumes, replications, addresses, sessions, mounted] = await Promise.all([
    Promise.all(cloud.storageNodes.map(node => orNull(facts.volume(node, volume)))),
    facts.replication(cloud),
    Promise.all(cloud.storageNodes.map(node => orNull(facts.address(node, cloud.name)))),
    target && orNull(loggedInOn(system, target.node, cloud)),
    mount && orNull(facts.mount(mount.node, cloud.directory)),
  ])
  const identity = mount && mounted && (await orNull(diskIdentity(system, mount.node, mounted.source)))
  return {
    ...state,
    sides: replications.map((replication, index) => ({
      node: replication.node,
      volume: volumes[index] ?? null,
      replication,
      address: addresses[index] ?? null,
    })),
    device: drbdDevice(cloud.minor),
    port: drbdPort(cloud.minor),
    iqn: cloud.iqn,
    tpgt: cloud.tpgt,
    chap: chapKind(cloud),
    portal: portalOf(cloud.address),
    initiators: cloud.initiators,
    sessions: sessions ?? [],
    identity,
    preferredVhosts: cloud.preferredVhosts,
    mounted,
    problems,
  }
}

function chapKind({ chap }: Cloud): StorageInfo['chap'] {
  if (chap === undefined) return 'none'
  return chap.target ? 'mutual' : 'one-way'
}
