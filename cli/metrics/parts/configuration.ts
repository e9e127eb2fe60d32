import { type CibSnapshot, parseWithoutHistories } from '../../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { drbdDevice } from '../../../cloud/devices.ts'
import { resourceIds } from '../../../cloud/ids.ts'
import { lastRehearsal } from '../../../cloud/rehearsal/record.ts'
import { lastVerification } from '../../../cloud/verification/record.ts'
import { CIB_FILE } from '../../../system/cib-directory.ts'
import { fenceConstraints } from '../../../system/drbd/fence-constraint.ts'
import { ifPresent, Missing, type System } from '../../../system/system.ts'
import { type Sample, sample } from '../definitions.ts'
import { vserverConfiguration } from './vservers.ts'

/**
 * The storages and vservers in Pacemaker's own file of the CIB, which has no status, and exists while Pacemaker does not run. Pacemaker writes it
 * some moments after a change.
 * @throws Missing on a node without one, Error for a text that is no CIB.
 */
export function readConfiguration(system: System): { readonly snapshot: CibSnapshot; readonly samples: Sample[] } {
  const text = ifPresent(() => system.read(CIB_FILE))
  if (text === undefined) throw new Missing(`${CIB_FILE} does not exist: Pacemaker has never run on this node`)
  const snapshot = parseWithoutHistories(text)
  const { clouds, vservers, incomplete, faults } = snapshot.cluster
  // once for all storages: the whole text is searched
  const fences = Map.groupBy(fenceConstraints(text), ({ clone }) => clone)
  const samples = [
    sample('incomplete_objects', incomplete.length + vservers.incomplete.length + faults.length, {}),
    ...clouds.flatMap(cloud => {
      const { drbdClone } = resourceIds(cloud.name)
      return samplesOf(cloud, snapshot, fences.get(drbdClone)?.length ?? 0)
    }),
    ...vserverConfiguration(snapshot.cluster),
  ]
  return { snapshot, samples }
}

function samplesOf(cloud: Cloud, { cluster }: CibSnapshot, fences: number): Sample[] {
  const { name: storage, minor, address, directory, state } = cloud
  return [
    sample('storage_info', 1, { storage, device: drbdDevice(minor), address, directory }),
    sample('storage_state', 1, { storage, state }),
    sample('fence_constraints', fences, { storage }),
    ...rehearsalSamples(storage, cluster),
    ...verificationSamples(storage, cluster),
  ]
}

/** None if there was no rehearsal. */
function rehearsalSamples(storage: string, { nodes }: CibSnapshot['cluster']): Sample[] {
  const last = lastRehearsal(storage, nodes)
  if (last === undefined) return []
  const { at, pauseSeconds } = last
  const moves = pauseSeconds === undefined ? [] : (['there', 'back'] as const).map((move, index) => ({ move, index }))
  return [
    sample('rehearsal_last_timestamp_seconds', Date.parse(at) / 1000, { storage }),
    sample('rehearsal_last_success', pauseSeconds !== undefined, { storage }),
    ...moves.map(({ move, index }) =>
      sample('rehearsal_last_pause_seconds', pauseSeconds?.[index] ?? 0, { storage, move }),
    ),
  ]
}

/** None if there was no verification. */
function verificationSamples(storage: string, { nodes }: CibSnapshot['cluster']): Sample[] {
  const last = lastVerification(storage, nodes)
  if (last === undefined) return []
  return [
    sample('verify_last_timestamp_seconds', Date.parse(last.at) / 1000, { storage }),
    sample('verify_last_success', last.outcome !== 'different', { storage }),
    sample('verify_last_different_bytes', last.differentBytes, { storage }),
  ]
}
