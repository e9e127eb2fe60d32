import { addressRangeText } from '../../../cloud/subnets.ts'
import { supportedMajor } from '../../../system/drbd/proc-drbd.ts'
import type { Examination, Sections } from '../examine/examination.ts'
import { error, type Finding, warning } from '../examine/finding.ts'
import { clockFindings } from './clock-findings.ts'
import { drbdVersion } from './drbd-findings.ts'
import { initiatorIn, serviceAddressesIn } from './setting-findings.ts'

/** Values that must be the same on all nodes, or must differ. */
export function differenceFindings(examinations: readonly Examination[]): Finding[] {
  return [
    ...clockFindings(examinations),
    ...versionFindings(examinations),
    ...majorFindings(examinations),
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
    // a missing version is a finding about its node
    const versions = new Set(examinations.flatMap(({ sections }) => versionOf(sections, section) || []))
    if (versions.size < 2) return []
    const what = `the nodes have different versions of ${name}: ${[...versions].join(', ')}`
    return [finding(what, `install the same version of ${name} on all nodes`)]
  })
}

/** The loaded module counts; a different module on disk is a finding about the node. */
function versionOf(sections: Sections['sections'], section: string): string {
  if (section !== 'drbd') return sections.get(section) ?? ''
  const version = drbdVersion({ sections })
  // an unsupported one is a finding about its node
  return version !== undefined && supportedMajor(version) !== undefined ? version.text : ''
}

/** No file of a resource suits both major versions of DRBD, and each writes meta-data of its own form. */
function majorFindings(examinations: readonly Examination[]): Finding[] {
  const versions = examinations.flatMap(examined => {
    const version = drbdVersion(examined)
    const major = version && supportedMajor(version)
    return major === undefined ? [] : [{ major, text: `${examined.node} ${version?.text}` }]
  })
  if (new Set(versions.map(({ major }) => major)).size < 2) return []
  const what = `DRBD 8.4 and 9 are mixed (${versions.map(({ text }) => text).join(', ')}): no storage can be created on nodes of both`
  return [
    error(what, 'load the same major version on all nodes that hold data, one node after the other (docs/drbd-9.md)'),
  ]
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
