import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import type { Element } from '../../../cloud/xml.ts'
import type { Examination } from '../examine/examination.ts'
import type { Fencing } from '../examine/fencing/fencing.ts'
import { usedHeader } from '../examine/fencing/sbd-header.ts'
import { missingForSplit } from '../examine/fencing/split.ts'
import { type Finding, warning } from '../examine/finding.ts'

/** What lets two nodes fence each other; of more, a majority decides. */
export function splitFindings(
  cib: Element,
  cluster: Cluster,
  { fencing, examinations }: { readonly fencing: Fencing; readonly examinations: readonly Examination[] },
): Finding[] {
  const canFence = fencing.isEnabled && fencing.devices.length > 0
  if (!canFence || cluster.nodes.length !== 2) return []
  const { properties, priorities } = missingForSplit(cib, cluster, { fencing, header: usedHeader(examinations) })
  const missing = [
    ...properties.map(({ name, now, seconds }) =>
      now === undefined ? `${name} is not set` : `${name} is ${now}, but should be ${seconds}s`,
    ),
    ...(priorities.size === 0 ? [] : [`no priority is set for ${someOf([...priorities.keys()])}`]),
  ]
  const findings = fencing.queriedDevices.map(queriedDevice)
  return missing.length === 0 ? findings : [unsetFinding(missing), ...findings]
}

function unsetFinding(missing: readonly string[]): Finding {
  return warning(
    `if the two nodes lose each other, both or the one with the mounts may be fenced: ${missing.join('; ')}`,
    'to set what is missing, without an interruption: vhacs cluster --setpriorities',
  )
}

/** A device runs one action at a time: the query waits until the device has started, and the fencing waits for both. */
function queriedDevice(id: string): Finding {
  return warning(
    `before each fencing, Pacemaker queries ${id} for its targets: on a busy node this can take longer than priority-fencing-delay, and both nodes may be fenced`,
    `to skip the query, since each node has a slot on sbd's disk, run "crm_resource -r ${id} -p pcmk_host_check -v none"`,
  )
}

/** The first of them, and how many there are. */
function someOf(ids: readonly string[]): string {
  const [first, second, third, ...others] = ids
  const named = [first, second, third].filter(id => id !== undefined).join(', ')
  return others.length === 0 ? named : `${named} and ${others.length} more`
}
