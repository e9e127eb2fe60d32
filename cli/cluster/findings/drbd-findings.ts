import { autoPromoteIn } from '../../../system/drbd/config/config.ts'
import { resourceFile } from '../../../system/drbd/config/files.ts'
import { majorEvidence } from '../../../system/drbd/config/major.ts'
import { type DrbdVersion, parseDrbdVersion, supportedMajor } from '../../../system/drbd/proc-drbd.ts'
import { ifReadable } from '../../run/if-readable.ts'
import { drbdIn } from '../examine/drbd.ts'
import { appliedResource, resourceFiles } from '../examine/drbd-files.ts'
import { type Sections, wordsIn } from '../examine/examination.ts'
import { error, type NodeFinding, warning } from '../examine/finding.ts'

/** The version of the module that a node runs or, where none is loaded, would load; undefined without one. */
export function drbdVersion(examined: Sections): DrbdVersion | undefined {
  return drbdLoaded(examined) ?? drbdOnDisk(examined)
}

function drbdLoaded(examined: Sections): DrbdVersion | undefined {
  // other findings report that a text cannot be read
  return ifReadable(() => drbdIn(examined))?.version
}

function drbdOnDisk({ sections }: Sections): DrbdVersion | undefined {
  return parseDrbdVersion(sections.get('drbd') ?? '')
}

const USE_KERNELS = "use the kernel's own DRBD (8.4): remove drbd-dkms and reboot"

/** Versions of the module that do not fit: VHACS, each other, its transport, or the configuration. */
export function drbdFindings(examined: Sections): NodeFinding[] {
  const [onDisk, loaded] = [drbdOnDisk(examined), drbdLoaded(examined)]
  const versions = [loaded, onDisk].filter(version => version !== undefined)
  const different = [...new Map(versions.map(version => [version.text, version])).values()]
  const unsupported = different.filter(version => supportedMajor(version) === undefined)
  const version = drbdVersion(examined)
  return [
    ...unsupported.map(({ text }) => error(`DRBD ${text} is not supported: it must be 8.4 or 9`, USE_KERNELS)),
    ...(loaded && onDisk && loaded.text !== onDisk.text ? [differs(loaded, onDisk)] : []),
    ...(version === undefined ? [] : [...transportFindings(examined, version), ...fileFindings(examined, version)]),
    ...(version?.major === 9 ? promotionFindings(examined) : []),
  ]
}

function differs(loaded: DrbdVersion, onDisk: DrbdVersion): NodeFinding {
  const what = `the loaded module drbd is version ${loaded.text}, but the one on disk is ${onDisk.text}, which the next boot loads`
  return warning(what, 'reboot the node while it is in standby ("vhacs node --standby"), or remove the wrong module')
}

/** DRBD 9 loads a module of its own for each kind of connection; without it, the sides of a storage cannot connect. */
function transportFindings(examined: Sections, version: DrbdVersion): NodeFinding[] {
  if (supportedMajor(version) !== 9 || wordsIn(examined, 'transport').length > 0) return []
  const what = `the kernel has no module drbd_transport_tcp, which DRBD ${version.text} needs to connect`
  return [error(what, 'install the package again that the module drbd is from (drbd-dkms, kmod-drbd): it has both')]
}

/** drbdadm uses the parser for the module's major version, and refuses all commands if it cannot parse a file. */
function fileFindings(examined: Sections, version: DrbdVersion): NodeFinding[] {
  const wrong = [...resourceFiles(examined).values()].flatMap(({ name, resource, isMadeByVhacs }) => {
    const evidence = typeof resource === 'string' ? [] : majorEvidence(resource)
    const found = evidence.find(one => one.major !== version.major)
    return found === undefined ? [] : [{ ...found, name, isMadeByVhacs }]
  })
  return [...Map.groupBy(wrong, ({ statement }) => statement)].map(([statement, found]) => {
    const isOld = found.some(({ major: needed }) => needed === 8)
    const files = found.map(({ name }) => resourceFile(name)).join(', ')
    const what = `the module drbd is version ${version.text}, but ${statement} is for DRBD ${isOld ? '8.4' : '9'}: ${files}`
    const names = found.map(({ name }) => name).join(',')
    const change = found.every(({ isMadeByVhacs }) => isMadeByVhacs)
      ? `vhacs storage --setdrbd ${names}, then convert the meta-data, which have a version, too (docs/drbd-9.md)`
      : BY_HAND[isOld ? 9 : 8]
    return error(what, `${change}; or ${isOld ? USE_KERNELS : 'load DRBD 9'}`)
  })
}

const BY_HAND = {
  8: 'write the configuration for DRBD 8.4',
  9: 'move fencing to the net section on both nodes, and add "options { auto-promote no; quorum off; }"',
} as const

/** A side that promotes itself is Primary although Pacemaker has not promoted it, and its writes may be a split brain. */
function promotionFindings(examined: Sections): NodeFinding[] {
  const itself = [...resourceFiles(examined).values()].flatMap(({ name, resource }) => {
    const applied = appliedResource(examined, name)
    const known = [resource, applied].filter(section => section !== undefined && typeof section !== 'string')
    // the common section, which may have it, is applied, too
    return known.length === 0 || known.some(section => autoPromoteIn(section) === 'no') ? [] : [name]
  })
  if (itself.length === 0) return []
  const what = `DRBD promotes ${itself.join(', ')} by itself when the device is opened for writing: auto-promote is not "no"`
  return [
    warning(
      what,
      `add "options { auto-promote no; }" to the files, then run "drbdadm adjust ${itself[0]}" on both nodes`,
    ),
  ]
}
