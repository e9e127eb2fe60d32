import type { Cluster } from '../../../cloud/cib/read/cluster.ts'
import { parseCorosyncConf } from '../../../system/corosync/conf.ts'
import type { Examination } from '../examine/examination.ts'
import { type Finding, warning } from '../examine/finding.ts'

/** Nodes that only one of corosync and Pacemaker has: their removal, or their joining, was broken off. */
export function forgottenNodeFindings(
  examinations: readonly Examination[],
  { nodes }: Pick<Cluster, 'nodes'>,
): Finding[] {
  const names = nodes.map(({ name }) => name)
  const listed = examinations
    .map(({ sections }) => parseCorosyncConf(sections.get('ring') ?? '').nodes.map(({ name }) => name))
    .filter(found => found.length > 0 && !found.includes(''))
  if (listed.length === 0) return []
  const extra = [...new Set(listed.flat())].filter(name => !names.includes(name))
  const missing = names.filter(name => listed.every(found => !found.includes(name)))
  const todo = (name: string) => `if it was to be removed, finish that with "vhacs node --forget ${name}"`
  return [
    ...missing.map(name =>
      warning("corosync's configuration does not name it, but Pacemaker's does", todo(name), name),
    ),
    ...extra.map(name => warning("corosync's configuration names it, but Pacemaker's does not", todo(name), name)),
  ]
}
