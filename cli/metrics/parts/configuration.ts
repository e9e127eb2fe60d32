import { type CibSnapshot, parseWithoutHistories } from '../../../cloud/cib/snapshot.ts'
import type { Cloud } from '../../../cloud/cloud.ts'
import { drbdDevice } from '../../../cloud/devices.ts'
import { lastRehearsal } from '../../../cloud/rehearsal/record.ts'
import { CIB_DIRECTORY } from '../../../system/cib-directory.ts'
import { ifPresent, Missing, type System } from '../../../system/system.ts'
import { fencesOn } from '../../clouds/fence-constraints.ts'
import { type Sample, sample } from '../definitions.ts'

const CIB_FILE = `${CIB_DIRECTORY}/cib.xml`

/**
 * The storages in Pacemaker's own file of the CIB, which has no status, and exists while Pacemaker does not run. Pacemaker writes it
 * some moments after a change.
 * @throws Missing on a node without one, Error for a text that is no CIB.
 */
export function readConfiguration(system: System): { readonly snapshot: CibSnapshot; readonly samples: Sample[] } {
  const text = ifPresent(() => system.read(CIB_FILE))
  if (text === undefined) throw new Missing(`${CIB_FILE} does not exist: Pacemaker has never run on this node`)
  const snapshot = parseWithoutHistories(text)
  const { clouds, incomplete, faults } = snapshot.cluster
  const samples = [
    sample('incomplete_objects', incomplete.length + faults.length, {}),
    ...clouds.flatMap(cloud => samplesOf(cloud, snapshot)),
  ]
  return { snapshot, samples }
}

function samplesOf(cloud: Cloud, { text, cluster }: CibSnapshot): Sample[] {
  const { name: storage, minor, address, directory, state } = cloud
  return [
    sample('storage_info', 1, { storage, device: drbdDevice(minor), address, directory }),
    sample('storage_state', 1, { storage, state }),
    sample('fence_constraints', fencesOn(storage, text).length, { storage }),
    ...rehearsalSamples(storage, cluster),
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
