import { resourceFile } from '../../../system/drbd/config/files.ts'
import { majorEvidence } from '../../../system/drbd/config/major.ts'
import { resourceFiles } from '../examine/drbd-files.ts'
import type { Sections } from '../examine/examination.ts'
import { error, type NodeFinding, warning } from '../examine/finding.ts'

/** The version of the module that a node would load. */
function drbdOnDisk({ sections }: Sections): string {
  return sections.get('drbd') ?? ''
}

/** The version of the loaded module according to /proc/drbd; empty when none is loaded. */
export function drbdLoaded({ sections }: Sections): string {
  return /^version: (\S+)/m.exec(sections.get('replication') ?? '')?.[1] ?? ''
}

export function isSupportedDrbd(version: string): boolean {
  return version.startsWith('8.4.')
}

const USE_KERNELS = "use the kernel's own DRBD (8.4): remove drbd-dkms and reboot"

/** Versions of the module that do not fit: VHACS, each other, or the configuration. */
export function drbdFindings(examined: Sections): NodeFinding[] {
  const [onDisk, loaded] = [drbdOnDisk(examined), drbdLoaded(examined)]
  const versions = [...new Set([loaded, onDisk])].filter(version => version !== '')
  const unsupported = versions.filter(version => !isSupportedDrbd(version))
  return [
    ...unsupported.map(version => error(`DRBD ${version} is not supported`, USE_KERNELS)),
    ...(versions.length < 2 ? [] : [differs(loaded, onDisk)]),
    ...(versions[0] === undefined ? [] : fileFindings(examined, versions[0])),
  ]
}

function differs(loaded: string, onDisk: string): NodeFinding {
  const what = `the loaded module drbd is version ${loaded}, but the one on disk is ${onDisk}, which the next boot loads`
  return warning(what, 'reboot the node while it is in standby ("vhacs node --standby"), or remove the wrong module')
}

/** drbdadm uses the parser for the module's major version, and refuses all commands if it cannot parse a file. */
function fileFindings(examined: Sections, version: string): NodeFinding[] {
  const major = Number.parseInt(version, 10)
  const wrong = [...resourceFiles(examined).values()].flatMap(({ name, resource }) => {
    const evidence = typeof resource === 'string' ? [] : majorEvidence(resource)
    const found = evidence.find(one => one.major !== major)
    return found === undefined ? [] : [{ ...found, file: resourceFile(name) }]
  })
  return [...Map.groupBy(wrong, ({ statement }) => statement)].map(([statement, found]) => {
    const isOld = found.some(({ major: needed }) => needed === 8)
    const files = found.map(({ file }) => file).join(', ')
    const what = `the module drbd is version ${version}, but ${statement} is for DRBD ${isOld ? '8.4' : '9'}: ${files}`
    return error(what, isOld ? USE_KERNELS : `write the configuration for DRBD 8.4, without ${statement}`)
  })
}
