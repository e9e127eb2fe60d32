import { type Examination, slotNames, wordsIn } from '../../examine/examination.ts'
import type { Finding } from '../../examine/finding.ts'
import { chosenDisk, freeDisks, isSameDisk, isTaken, sharedDisks } from '../input/disks.ts'
import type { Fencing, InitRequest } from '../input/request.ts'

/** What is on a disk that is sbd's. @see sbd(8), dump */
export interface Header {
  readonly uuid: string
  /** Seconds until a node whose sbd has lost the disk is reset by its watchdog. */
  readonly watchdogSeconds: number
  /** Seconds after which a message to a node counts as read. */
  readonly messageSeconds: number
}

/** Of a header that vhacs makes: an hour of a busy disk must not reset a node, and a failover must not wait for ever. */
export const WATCHDOG_SECONDS = 10
export const MESSAGE_SECONDS = 2 * WATCHDOG_SECONDS

/** The header in the output of `sbd dump`; undefined when there is none. */
export function parseHeader(text: string): Header | undefined {
  const uuid = /^UUID\s*:\s*(\S+)/m.exec(text)?.[1]
  const seconds = (name: string) => Number(new RegExp(`^Timeout \\(${name}\\)\\s*:\\s*(\\d+)`, 'm').exec(text)?.[1])
  if (uuid === undefined) return undefined
  return { uuid, watchdogSeconds: seconds('watchdog'), messageSeconds: seconds('msgwait') }
}

/** The type of stonith device that fences by the disk on a node; undefined when none is installed. */
export function sbdAgent(examined: Pick<Examination, 'sections'>): 'external/sbd' | 'fence_sbd' | undefined {
  const there = wordsIn(examined, 'fencing')
  if (there.some(path => path.endsWith('external/sbd'))) return 'external/sbd'
  return there.some(path => path.endsWith('fence_sbd')) ? 'fence_sbd' : undefined
}

/** What keeps the nodes from being fenced as it is wished. */
export function sbdFindings(examinations: readonly Examination[], { nodes, fencing }: InitRequest): Finding[] {
  if (fencing.by === 'nothing') return []
  const ready = examinations.flatMap(examined => readinessFindings(examined, fencing))
  if (fencing.by === 'watchdog') return ready
  return [
    ...ready,
    ...examinations.flatMap(examined => diskFindings(examined, fencing.device, nodes)),
    ...identityFindings(examinations),
  ]
}

function readinessFindings(examined: Examination, { by }: Fencing): Finding[] {
  const error = (what: string, todo: string): Finding => ({ severity: 'error', node: examined.node, what, todo })
  const watchdogs = wordsIn(examined, 'watchdog')
  const findings: Finding[] = []
  if (!wordsIn(examined, 'fencing').includes('/usr/sbin/sbd'))
    findings.push(error('sbd is not installed', 'apt-get install sbd'))
  if (by === 'disk' && sbdAgent(examined) === undefined)
    findings.push(error('there is no fencing agent for sbd', 'apt-get install sbd or fence-agents'))
  if (watchdogs.length === 0)
    findings.push(
      error(
        'it has no watchdog',
        "load the module of the hardware's watchdog, at boot too (/etc/modules-load.d); softdog if there is none",
      ),
    )
  else if (/software/i.test(watchdogs.join(' '))) {
    const what = 'its watchdog is the software one: a kernel that hangs is not reset'
    findings.push({
      severity: 'warning',
      node: examined.node,
      what,
      todo: "load the module of the hardware's watchdog",
    })
  }
  return findings
}

function diskFindings(examined: Examination, device: string, nodes: readonly string[]): Finding[] {
  const error = (what: string, todo: string): Finding[] => [{ severity: 'error', node: examined.node, what, todo }]
  const disk = chosenDisk(examined)
  if (disk === undefined) {
    const free = [...freeDisks(examined).keys()].join(', ')
    return error(`it has no block device ${device}`, `name a shared disk${free && `, such as ${free}`}`)
  }
  const signatures = wordsIn(examined, 'signatures')
  if (isTaken(disk) || signatures.length > 0) {
    const holds = signatures.length > 0 ? `holds ${signatures.join(', ')}` : 'is read-only, or used by something'
    return error(`${device} ${holds}`, "name a disk that is nobody's, or take away what is there")
  }
  const strangers = slotNames(examined, 'others').filter(name => !nodes.includes(name))
  if (strangers.length === 0) return []
  const what = `${device} has slots of ${strangers.join(', ')} as well`
  const todo = 'see that no other cluster that uses it has nodes of the same names: they would be fenced instead'
  return [{ severity: 'warning', node: examined.node, what, todo }]
}

/** A header proves that it is one disk; without one, what the disks say of themselves must do. */
function identityFindings(examinations: readonly Examination[]): Finding[] {
  const error = (what: string, todo: string): Finding[] => [{ severity: 'error', node: null, what, todo }]
  const disks = examinations.flatMap(examined => chosenDisk(examined) ?? [])
  const [first, ...others] = disks
  if (first === undefined || disks.length < examinations.length) return []
  const uuids = new Set(examinations.map(({ sections }) => parseHeader(sections.get('header') ?? '')?.uuid))
  if (uuids.size > 1 || others.some(other => isSameDisk(first, other) === false))
    return error('the device is not the same disk on all nodes', 'name it by a link in /dev/disk/by-id that all have')
  const isProven = !uuids.has(undefined) || others.every(other => isSameDisk(first, other))
  if (isProven) return []
  const todo = 'if it is: "sbd -d DEVICE create" on one of them, and again'
  return error('the disk has neither WWN nor serial number: that it is the same on all nodes is not known', todo)
}

/** The text of /etc/default/sbd with these settings; all else in it stays. */
export function withSettings(text: string, settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings).reduce((before, [name, value]) => {
    const line = `${name}=${value}`
    const old = new RegExp(`^${name}=.*$`, 'm')
    return old.test(before) ? before.replace(old, () => line) : `${before.replace(/\n?$/, '\n')}${line}\n`
  }, text)
}

export function sbdSettings(fencing: Fencing, watchdogSeconds: number): Record<string, string> {
  return {
    SBD_DEVICE: fencing.by === 'disk' ? `"${fencing.device}"` : '""',
    SBD_PACEMAKER: 'yes',
    SBD_STARTMODE: 'always',
    SBD_WATCHDOG_DEV: '/dev/watchdog',
    SBD_WATCHDOG_TIMEOUT: String(watchdogSeconds),
  }
}

/** What could be done about fencing with what the nodes have, said to who has not asked for any. */
export function fencingAdvice(examinations: readonly Examination[]): string[] {
  const disks = sharedDisks(examinations)
  const haveWatchdogs = examinations.every(examined => wordsIn(examined, 'watchdog').length > 0)
  return [
    ...(haveWatchdogs ? disks.map(disk => `they seem to share a disk: --sbd-device ${disk}`) : []),
    ...(haveWatchdogs && examinations.length > 2
      ? ['each has a watchdog, and they are three or more: --sbd-watchdog']
      : []),
    'else configure a device for IPMI or the like (crm ra list stonith)',
  ]
}
