import { readCib } from '../../clouds/read-cib.ts'
import { selectClouds } from '../../clouds/select.ts'
import { type CloudSnapshot, type SnapshotSide, snapshotsOf } from '../../clouds/snapshots/cloud-snapshots.ts'
import type { Call } from '../../command/verb.ts'
import { show } from '../../state/show.ts'
import { roundedSize } from '../../terminal/sizes.ts'
import { table } from '../../terminal/table.ts'

/** vhacs storage --snapshots */
export async function listSnapshots(call: Call): Promise<void> {
  const { system, value } = call
  const clouds = selectClouds(value, (await readCib(system)).cluster)
  const { snapshots, rollbacks, problems } = await snapshotsOf(system, clouds)
  const found = snapshots.map(snapshotObject)
  const begun = rollbacks.map(({ cloud, nodes }) => ({ storage: cloud.name, nodes }))
  const silent = [...problems].map(([node, why]) => ({ node, why }))
  show(call, { snapshots: found, rollbacks: begun, problems: silent }, () => [
    ...(snapshots.length === 0 ? ['there are no snapshots'] : textOf(snapshots)),
    ...begun.map(
      ({ storage }) =>
        `the rollback of ${storage} was broken off: "vhacs storage --rollback ${storage}" finishes or undoes it`,
    ),
    ...silent.map(({ why }) => why),
  ])
}

function textOf(snapshots: readonly CloudSnapshot[]): string[] {
  const head = ['Storage', 'Snapshot', 'Taken', 'State', 'Used']
  const rows = snapshots.map(({ cloud, name, takenAt, state, sides }) => [
    ...[cloud.name, name, secondsOf(takenAt), state],
    sides.map(usageText).join(', '),
  ])
  return table(head, rows).split('\n')
}

function usageText({ node, volume, problem }: SnapshotSide): string {
  if (problem !== undefined) return `${node}: unknown`
  if (volume === undefined) return `${node}: missing`
  const { usedRatio, sizeBytes } = volume
  const used = usedRatio === undefined ? 'inactive' : `${Math.round(usedRatio * 100)}%`
  return `${node}: ${used} of ${roundedSize(sizeBytes)}`
}

function snapshotObject({ cloud, name, takenAt, state, sides }: CloudSnapshot) {
  return {
    ...{ storage: cloud.name, name, takenAt: secondsOf(takenAt), state },
    sides: sides.map(({ node, volume }) => ({
      node,
      sizeBytes: volume?.sizeBytes ?? null,
      usedRatio: volume?.usedRatio ?? null,
    })),
  }
}

/** Such as `2026-11-30T10:15:00Z`. */
function secondsOf(time: Date): string {
  return time.toISOString().replace(/\.\d+/, '')
}
