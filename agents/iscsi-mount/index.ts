import { type Context, defineAgent } from '../../ocf/agent.ts'
import { failed } from '../../ocf/exit.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { degraded, incomplete, type State, started, stopped, stoppedWithLeftover } from '../../ocf/state.ts'
import { parseInteger, parseList } from '../../ocf/values.ts'
import { isThere } from '../../system/files.ts'
import {
  diskLink,
  diskOf,
  hasRecord,
  ISCSI_ERR_LOGIN_AUTH_FAILED,
  ISCSI_ERR_NO_OBJS_FOUND,
  ISCSI_ERR_SESS_EXISTS,
  ISCSI_ERR_SYSFS_LOOKUP,
  iscsiadm,
  type Session,
  sessions,
} from '../../system/iscsi.ts'
import { parseIscsiName, parsePortal } from '../../system/iscsi-names.ts'
import { lastWords, runToSuccess, waitFor } from '../../system/system.ts'

const parameters = {
  iqn: {
    type: 'string',
    required: true,
    unique: true,
    short: 'target name (IQN)',
    long: 'iSCSI name of the target to log in to.',
    parse: parseIscsiName,
  },
  portals: {
    type: 'string',
    required: true,
    short: 'portals of the target',
    long: `Portals to log in to, separated by blanks: address or address:port, IPv6 in brackets; the port defaults to 3260.
One session is made to each.`,
    parse: parseList(parsePortal),
  },
  lun: {
    type: 'integer',
    default: '0',
    short: 'logical unit number',
    long: 'The LUN whose disk must appear for a start to succeed.',
    parse: parseInteger(0, 255),
  },
  recovery_limit: {
    type: 'integer',
    default: '600',
    short: 'seconds that an outage may last',
    long: `How long the target may be away, in seconds: I/O waits for it so long and goes on when it comes back, and the
monitor calls the session degraded, not failed. After that I/O fails and so does the monitor. Longer than fencing and a
failover of the target take. This is node.session.timeo.replacement_timeout of open-iscsi.`,
    parse: parseInteger(1, 86400),
  },
} as const satisfies Parameters

type IscsiContext = Context<typeof parameters>

/** Sessions to one target, and the disk that they bring. */
export const iscsiMount = defineAgent({
  name: 'iscsi-mount',
  short: 'Logs in to an iSCSI target',
  long: `Logs this node's Open-iSCSI initiator in to a target and waits for its disk. The node records are made without
discovery, never log in by themselves, and are removed at stop. A target that is away for a while, because it moves to
another node, is not a failure: I/O waits for it. The monitor reads sysfs and starts no process.`,
  parameters,
  timeouts: { start: 120, stop: 120, monitor: 20 },

  state({ parameters, system }) {
    const ours = sessionsOf({ parameters, system })
    if (ours.length > 0) return stateOf({ parameters, system }, ours)
    const hasRecords = parameters.portals.some(portal => hasRecord(system, parameters.iqn, portal))
    return hasRecords ? stoppedWithLeftover('the node record of a target that is not logged in to') : stopped
  },

  async start(context) {
    const { parameters, step } = context
    for (const portal of parameters.portals) {
      step(`logging in to ${parameters.iqn} at ${portal}`)
      await makeRecord(context, portal)
      await login(context, portal)
    }
    step(`waiting for the disk of LUN ${parameters.lun} of ${parameters.iqn}`)
    await waitForDisks(context)
  },

  async stop(context) {
    const { parameters, system, deadline, step } = context
    const options = { signal: deadline.signal, accepted: [0, ISCSI_ERR_NO_OBJS_FOUND, ISCSI_ERR_SYSFS_LOOKUP] }
    // by the session's number: that works without a record too, and ends no session but this
    for (const { name, portal } of sessionsOf(context)) {
      step(`logging out of ${parameters.iqn} at ${portal}`)
      const number = name.replace('session', '')
      await runToSuccess(system, iscsiadm, ['-m', 'session', '-r', number, '--logout'], options)
    }
    for (const portal of parameters.portals.filter(candidate => hasRecord(system, parameters.iqn, candidate)))
      await runToSuccess(system, iscsiadm, [...nodeArguments(parameters.iqn, portal), '-o', 'delete'], options)
    step(`waiting for the end of the sessions to ${parameters.iqn}`)
    await waitFor(system, () => (sessionsOf(context).length === 0 ? true : undefined), deadline.signal)
  },
})

/** A session to the same target through another portal is somebody else's. */
function sessionsOf({ parameters, system }: Pick<IscsiContext, 'parameters' | 'system'>): Session[] {
  return sessions(system).filter(
    session => session.target === parameters.iqn && parameters.portals.includes(session.portal),
  )
}

function stateOf({ parameters, system }: Pick<IscsiContext, 'parameters' | 'system'>, ours: Session[]): State {
  const absent = parameters.portals.filter(portal => ours.every(session => session.portal !== portal))
  if (absent.length > 0) return incomplete(`no session to ${parameters.iqn} at ${absent.join(', ')}`)
  const disks = ours.map(session => ({ session, disk: diskOf(system, session.name, parameters.lun) }))
  const without = disks.find(({ disk }) => disk === undefined)
  if (without) return incomplete(`${without.session.name} to ${parameters.iqn} has no disk for LUN ${parameters.lun}`)
  const isLost = ({ session, disk }: (typeof disks)[number]) =>
    session.state === 'FREE' || disk?.state === 'transport-offline' || disk?.state === 'offline'
  if (disks.every(isLost))
    return incomplete(`the target ${parameters.iqn} was away for longer than ${parameters.recovery_limit} s: I/O fails`)
  const waiting = disks.filter(({ session, disk }) => session.state !== 'LOGGED_IN' || disk?.state !== 'running')
  if (waiting.length === 0) return started
  const portals = waiting.map(({ session }) => session.portal).join(', ')
  return degraded('started', `the session to ${parameters.iqn} at ${portals} is being recovered; I/O waits`)
}

function nodeArguments(iqn: string, portal: string): string[] {
  return ['-m', 'node', '-T', iqn, '-p', portal]
}

/** A static record: discovery would need the target to be there, and brings records of targets that are not ours. */
async function makeRecord({ parameters, system, deadline }: IscsiContext, portal: string): Promise<void> {
  const node = nodeArguments(parameters.iqn, portal)
  const settings = {
    'node.startup': 'manual',
    'node.session.timeo.replacement_timeout': String(parameters.recovery_limit),
    // a dead path is noticed after interval + timeout; I/O waits from then on
    'node.conn[0].timeo.noop_out_interval': '5',
    'node.conn[0].timeo.noop_out_timeout': '5',
  }
  const pairs = Object.entries(settings).flatMap(([name, value]) => ['-n', name, '-v', value])
  await runToSuccess(system, iscsiadm, [...node, '-o', 'new'], { signal: deadline.signal })
  await runToSuccess(system, iscsiadm, [...node, '-o', 'update', ...pairs], { signal: deadline.signal })
}

/** The target may still be on its way: try again until the deadline, unless it said no. */
async function login(context: IscsiContext, portal: string): Promise<void> {
  const { parameters, system, deadline, log, step } = context
  for (;;) {
    const args = [...nodeArguments(parameters.iqn, portal), '--login']
    const finished = await system.run(iscsiadm, args, { signal: deadline.signal })
    if (finished.status === 0 || finished.status === ISCSI_ERR_SESS_EXISTS) return
    const what = `${finished.command} exited with ${finished.status}: ${lastWords(finished)}`
    if (finished.status === ISCSI_ERR_LOGIN_AUTH_FAILED) throw failed(`the target refused the login: ${what}`)
    log.info(what)
    step(`logging in to ${parameters.iqn} at ${portal}: ${what}`)
    await system.sleep(1000, deadline.signal)
  }
}

/** Each session's disk, and udev's link to it, which the mount names. */
async function waitForDisks(context: IscsiContext): Promise<void> {
  const { parameters, system, deadline } = context
  const areReady = () =>
    stateOf(context, sessionsOf(context)).is === 'started' &&
    parameters.portals.every(portal => isThere(system, diskLink(parameters.iqn, portal, parameters.lun)))
  await waitFor(system, () => (areReady() ? true : undefined), deadline.signal)
}
