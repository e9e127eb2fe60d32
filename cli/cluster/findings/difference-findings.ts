import { addressRangeText } from '../../../cloud/subnets.ts'
import type { Examination, Sections } from '../examine/examination.ts'
import { error, type Finding, warning } from '../examine/finding.ts'
import { clockFindings } from './clock-findings.ts'
import { drbdLoaded, isSupportedDrbd } from './drbd-findings.ts'
import { initiatorIn, serviceAddressesIn } from './setting-findings.ts'

/** Values that must be the same on all nodes, or must differ. */
export function differenceFindings(examinations: readonly Examination[]): Finding[] {
  return [
    ...clockFindings(examinations),
    ...versionFindings(examinations),
    ...initiatorFindings(examinations),
    ...addressFindings(examinations),
  ]
}

/** The severity of a difference: Pacemaker and corosync may differ while a cluster is being upgraded. */
const VERSIONS = [
  ['version', 'VHACS', error],
  ['drbd', 'DRBD', error],
  ['pacemaker', 'Pacemaker', warning],
  ['corosync', 'corosync', warning],
] as const

function versionFindings(examinations: readonly Examination[]): Finding[] {
  return VERSIONS.flatMap(([section, name, finding]) => {
    const reported = examinations.map(({ sections }) => versionOf(sections, section))
    const versions = new Set(reported.filter(version => isComparable(section, version)))
    if (versions.size < 2) return []
    const what = `the nodes have different versions of ${name}: ${[...versions].join(', ')}`
    return [finding(what, `install the same version of ${name} on all nodes`)]
  })
}

/** The loaded module counts; a different module on disk is a finding about the node. */
function versionOf(sections: Sections['sections'], section: string): string {
  return (section === 'drbd' && drbdLoaded({ sections })) || (sections.get(section) ?? '')
}

/** A missing version, and an unsupported one of DRBD, are findings about their nodes. */
function isComparable(section: string, version: string): boolean {
  return version !== '' && (section !== 'drbd' || isSupportedDrbd(version))
}

/** A target distinguishes initiators by name alone. */
function initiatorFindings(examinations: readonly Examination[]): Finding[] {
  const byName = Map.groupBy(examinations, initiatorIn)
  return [...byName].flatMap(([name, found]) => {
    if (name === undefined || found.length < 2) return []
    const nodes = found.map(({ node }) => node).join(', ')
    const todo = 'give each node a name of its own (iscsi-iname), and restart iscsid'
    return [error(`${nodes} have the same initiator name ${name}`, todo)]
  })
}

/** The addresses of new storages come from the first node that has a range. */
function addressFindings(examinations: readonly Examination[]): Finding[] {
  const ranges = examinations.flatMap(examined => {
    const range = serviceAddressesIn(examined)
    return range === undefined || typeof range === 'string'
      ? []
      : [{ node: examined.node, text: addressRangeText(range) }]
  })
  if (new Set(ranges.map(({ text }) => text)).size < 2) return []
  const list = ranges.map(({ node, text }) => `${node} ${text}`).join(', ')
  const todo = 'set the same range in /etc/vhacs.conf on all nodes'
  return [warning(`the nodes have different SERVICE_ADDRESSES: ${list}`, todo)]
}
