import { addBlockDevice, removeBlockDevice } from './block.ts'
import type { FakeSystem, FakeTool, ToolResult } from './system.ts'
import { directory, link } from './tree.ts'

/** What a target does when this node logs in to it. */
export type Answer = 'accepts' | 'refuses' | 'is away'

export interface FakeTarget {
  readonly iqn: string
  /** `address:port`, an IPv6 address in brackets. */
  readonly portal: string
  /** Logical units that it offers. */
  readonly luns: readonly number[]
  answer: Answer
}

export interface FakeSession {
  readonly number: number
  readonly target: FakeTarget
}

export interface OpenIscsi {
  readonly targets: FakeTarget[]
  readonly sessions: FakeSession[]
  /** The settings of each record, by `IQN PORTAL`. */
  readonly records: Map<string, Map<string, string>>
  /** Logs in past all records, as somebody else may. */
  logIn(target: FakeTarget): FakeSession
  /** Ends a session without iscsiadm. */
  drop(session: FakeSession): void
  /** What the kernel shows while a session is not well. */
  setState(session: FakeSession, state: 'LOGGED_IN' | 'FAILED' | 'FREE', disk: string): void
}

/** Exit statuses of iscsiadm (include/iscsi_err.h). */
const status = { transportTimeout: 8, sessionExists: 15, noObjects: 21, sysfsLookup: 22, authFailed: 24 } as const

/** The initiator with these targets within its reach, not logged in to any. */
export function openIscsi(system: FakeSystem, targets: readonly FakeTarget[]): OpenIscsi {
  const sessions: FakeSession[] = []
  const initiator: OpenIscsi = {
    targets: [...targets],
    sessions,
    records: new Map(),
    logIn: target => {
      const session = { number: (sessions.at(-1)?.number ?? 0) + 1, target }
      sessions.push(session)
      putSession(system, session)
      return session
    },
    drop: session => {
      sessions.splice(sessions.indexOf(session), 1)
      takeSession(system, session)
    },
    setState: (session, state, disk) => {
      system.put(`${sessionPath(session)}/state`, `${state}\n`)
      for (const lun of session.target.luns) system.put(`${unitPath(session, lun)}/state`, `${disk}\n`)
    },
  }
  system.put('/etc/iscsi/nodes', directory())
  system.put('/dev/disk/by-path', directory())
  system.tools.set('iscsiadm', iscsiadm(system, initiator))
  return initiator
}

const sessionPath = ({ number }: FakeSession) => `/sys/class/iscsi_session/session${number}`
const unitPath = (session: FakeSession, lun: number) =>
  `${sessionPath(session)}/device/target${session.number}:0:0/${session.number}:0:0:${lun}`
/** udev leaves the brackets of an IPv6 address away. */
const linkPath = ({ iqn, portal }: FakeTarget, lun: number) =>
  `/dev/disk/by-path/ip-${portal.replace(/[[\]]/g, '')}-iscsi-${iqn}-lun-${lun}`
const minorOf = (session: FakeSession, lun: number) => 16 * (session.number * 8 + lun)
const diskName = (session: FakeSession, lun: number) => `sd${String.fromCharCode(96 + session.number)}${lun || ''}`

function splitPortal(portal: string): { address: string; port: string } {
  const colon = portal.lastIndexOf(':')
  return { address: portal.slice(0, colon).replace(/^\[|\]$/g, ''), port: portal.slice(colon + 1) }
}

function putSession(system: FakeSystem, session: FakeSession): void {
  const { target, number } = session
  const { address, port } = splitPortal(target.portal)
  const connection = `/sys/class/iscsi_connection/connection${number}:0`
  system.put(`${sessionPath(session)}/targetname`, `${target.iqn}\n`)
  system.put(`${sessionPath(session)}/state`, 'LOGGED_IN\n')
  system.put(`${sessionPath(session)}/device`, directory())
  system.put(`${connection}/persistent_address`, `${address}\n`)
  system.put(`${connection}/persistent_port`, `${port}\n`)
  for (const lun of target.luns) {
    const disk = diskName(session, lun)
    system.put(`${unitPath(session, lun)}/state`, 'running\n')
    system.put(`${unitPath(session, lun)}/block/${disk}`, directory())
    addBlockDevice(system, `/dev/${disk}`, `8:${minorOf(session, lun)}`)
    system.put(linkPath(target, lun), link(`../../${disk}`))
  }
}

function takeSession(system: FakeSystem, session: FakeSession): void {
  system.take(sessionPath(session))
  system.take(`/sys/class/iscsi_connection/connection${session.number}:0`)
  for (const lun of session.target.luns) {
    removeBlockDevice(system, `/dev/${diskName(session, lun)}`, `8:${minorOf(session, lun)}`)
    system.take(linkPath(session.target, lun))
  }
}

function iscsiadm(system: FakeSystem, initiator: OpenIscsi): FakeTool {
  const inMode: Readonly<Record<string, (args: readonly string[]) => ToolResult>> = {
    node: inNodeMode(system, initiator),
    session: ([, number, verb]) => logout(initiator, Number(number), verb),
  }
  return ([, mode = '', ...args]) => inMode[mode]?.(args) ?? { status: 7, stderr: 'iscsiadm: Unknown mode\n' }
}

/** -T IQN -p PORTAL followed by --login or -o new, update or delete. */
function inNodeMode(system: FakeSystem, initiator: OpenIscsi) {
  return ([, iqn = '', , portal = '', verb = '', operation = '', ...settings]: readonly string[]): ToolResult => {
    const isThis = (target: FakeTarget) => target.iqn === iqn && target.portal === portal
    const session = initiator.sessions.find(({ target }) => isThis(target))
    if (operation === 'new') return newRecord(system, initiator, iqn, portal)
    const record = initiator.records.get(`${iqn} ${portal}`)
    if (record === undefined) return { status: status.noObjects, stderr: 'iscsiadm: No records found\n' }
    if (verb === '--login') {
      if (session) return { status: status.sessionExists, stderr: 'iscsiadm: session already present\n' }
      return login(initiator, initiator.targets.find(isThis))
    }
    if (operation === 'update') return update(record, settings)
    if (operation === 'delete') return deleteRecord(system, initiator, iqn, portal)
    return { status: 7, stderr: 'iscsiadm: unknown operation\n' }
  }
}

/** -r NUMBER --logout, which needs no record. */
function logout(initiator: OpenIscsi, number: number, verb: string | undefined): ToolResult {
  const session = initiator.sessions.find(candidate => candidate.number === number)
  if (session === undefined || verb !== '--logout')
    return { status: status.sysfsLookup, stderr: `iscsiadm: Could not get session info for sid ${number}\n` }
  initiator.drop(session)
  return 0
}

function login(initiator: OpenIscsi, target: FakeTarget | undefined): ToolResult {
  const failure = (code: number, why: string) => ({
    status: code,
    stderr: `iscsiadm: initiator reported error (${code} - ${why})\niscsiadm: Could not log into all portals\n`,
  })
  if (target === undefined || target.answer === 'is away')
    return failure(status.transportTimeout, 'connection timed out')
  if (target.answer === 'refuses') return failure(status.authFailed, 'iSCSI login failed due to authorization failure')
  initiator.logIn(target)
  return 0
}

/** A static record is one file; its directory is the target's. */
function recordPath(iqn: string, portal: string): string {
  const { address, port } = splitPortal(portal)
  return `/etc/iscsi/nodes/${iqn}/${address},${port}`
}

function newRecord(system: FakeSystem, initiator: OpenIscsi, iqn: string, portal: string): ToolResult {
  initiator.records.set(`${iqn} ${portal}`, new Map([['node.startup', 'automatic']]))
  system.put(recordPath(iqn, portal), '# BEGIN RECORD\n')
  return { status: 0, stdout: `New iSCSI node [tcp:[hw=,ip=,net_if=,iscsi_if=default] ${portal},-1 ${iqn}] added\n` }
}

function update(record: Map<string, string>, settings: readonly string[]): ToolResult {
  for (let index = 0; index < settings.length; index += 4)
    record.set(settings[index + 1] ?? '', settings[index + 3] ?? '')
  return 0
}

function deleteRecord(system: FakeSystem, initiator: OpenIscsi, iqn: string, portal: string): ToolResult {
  initiator.records.delete(`${iqn} ${portal}`)
  system.take(recordPath(iqn, portal))
  if (system.list(`/etc/iscsi/nodes/${iqn}`).length === 0) system.take(`/etc/iscsi/nodes/${iqn}`)
  return 0
}
