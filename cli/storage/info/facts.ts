import type { Cloud } from '../../../cloud/cloud.ts'
import { DrbdConfigError } from '../../../system/drbd/config/syntax.ts'
import { SSH_FAILED } from '../../../system/nodes/connection.ts'
import { type DrbdReport, drbdReportOn } from '../../../system/nodes/drbd/report.ts'
import {
  mountOn,
  mountsOn,
  replicationAddress,
  replicationAddresses,
  volumeOn,
  volumesOn,
} from '../../../system/nodes/storage-facts.ts'
import { Missing, type System, ToolFailed } from '../../../system/system.ts'
import { isReplicating, type Replication, replicationIn, replicationOf } from '../../clouds/replication/replication.ts'
import { ifReadable } from '../../run/if-readable.ts'

/** What nodes say of the parts of storages. Each function throws the error of the command for that part. */
export type Facts = ReturnType<typeof factsOf>

/**
 * For several storages, each node is asked once for the parts of all: a command for each would take seconds. What that answer lacks
 * is asked for alone, which also explains why it is missing.
 */
export function factsOf(system: System, clouds: readonly Cloud[]) {
  const isShared = clouds.length > 1
  const volume = together(isShared, node => volumesOn(system, node))
  const address = together(isShared, node => replicationAddresses(system, node))
  const mount = together(isShared, node => mountsOn(system, node))
  const drbd = together(isShared, async node => new Map([[node, await reportOf(system, node)]]))
  return {
    replication: async (cloud: Cloud) => {
      const reports = await Promise.all(cloud.storageNodes.map(node => drbd(node, node, async () => undefined)))
      return inSyncSides(cloud, reports) ?? replicationOf(system, cloud)
    },
    volume: (node: string, name: string) => volume(node, name, () => volumeOn(system, node, name)),
    address: (node: string, name: string) => address(node, name, () => replicationAddress(system, node, name)),
    mount: (node: string, directory: string) => mount(node, directory, () => mountOn(system, node, directory)),
  }
}

/** The report of a node; undefined where it does not answer, or DRBD is not loaded. */
async function reportOf(system: System, node: string): Promise<DrbdReport | undefined> {
  try {
    return (await drbdReportOn(system, node)).report
  } catch (error) {
    if (!(error instanceof ToolFailed || error instanceof Missing || error instanceof RangeError)) throw error
    return undefined
  }
}

/** The sides by the reports of their nodes; undefined if there is more to ask, as they are not all connected and up to date. */
function inSyncSides(cloud: Cloud, reports: readonly (DrbdReport | undefined)[]): Replication[] | undefined {
  const { storageNodes } = cloud
  const sides = storageNodes.flatMap((node, index): Replication[] => {
    const side = ifReadable(() => replicationIn(reports[index], { ...cloud, node }))
    return side === undefined || 'problem' in side ? [] : [{ node, ...side, hasSplitBrain: false }]
  })
  return sides.length === storageNodes.length && isReplicating(sides) ? sides : undefined
}

function together<T>(isShared: boolean, all: (node: string) => Promise<ReadonlyMap<string, T>>) {
  const answers = new Map<string, Promise<ReadonlyMap<string, T>>>()
  return async (node: string, key: string, alone: () => Promise<T | undefined>): Promise<T | undefined> => {
    if (!isShared) return alone()
    const answer = answers.get(node) ?? all(node).catch(noAnswer<T>)
    answers.set(node, answer)
    return (await answer).get(key) ?? alone()
  }
}

/** @throws the error for an unreachable node, which the command for one part would only repeat. */
function noAnswer<T>(error: unknown): ReadonlyMap<string, T> {
  const isUnreachable = error instanceof ToolFailed && error.finished.status === SSH_FAILED
  const isExpected = [ToolFailed, Missing, DrbdConfigError].some(kind => error instanceof kind)
  if (!isExpected || isUnreachable) throw error
  return new Map()
}
