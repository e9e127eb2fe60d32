import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { resourceOption } from '../../../system/drbd/config/config.ts'
import { resourceFile } from '../../../system/drbd/config/files.ts'
import { appliedResource, resourceFiles } from '../examine/drbd-files.ts'
import type { Examination } from '../examine/examination.ts'
import { type Finding, warning } from '../examine/finding.ts'

/** Storages with three sides that DRBD promotes without a majority, or whose I/O it fails without one. */
export function majorityFindings(examinations: readonly Examination[], { clouds }: Pick<Cluster, 'clouds'>): Finding[] {
  return clouds
    .filter(({ storageNodes }) => storageNodes.length > 2)
    .flatMap(({ name, storageNodes }) => {
      const sides = examinations.filter(({ node }) => storageNodes.includes(node))
      return WANTED.flatMap(({ option, value, why }) => {
        const nodes = sides.filter(examined => lacks(examined, name, option, value)).map(({ node }) => node)
        if (nodes.length === 0) return []
        const what = `${name} has three sides, and ${option} is not ${value} on ${nodes.join(', ')}: ${why}`
        const todo = `add "${option} ${value};" to the options in ${resourceFile(name)}, then run "drbdadm adjust ${name}", on all three nodes`
        return [warning(what, todo)]
      })
    })
}

const WANTED = [
  { option: 'quorum', value: 'majority', why: 'DRBD may promote a side that is alone' },
  { option: 'on-no-quorum', value: 'suspend-io', why: 'a side without a majority fails I/O' },
] as const

/** By the file of a node and what the kernel was told. What cannot be read is a finding of its own. */
function lacks(examined: Examination, name: string, option: string, value: string): boolean {
  const file = resourceFiles(examined).get(name)?.resource
  const known = [file, appliedResource(examined, name)].filter(
    section => section !== undefined && typeof section !== 'string',
  )
  const values = known.flatMap(section => resourceOption(section, option) ?? [])
  return values.length > 0 ? values.some(found => found !== value) : known.length > 0
}
