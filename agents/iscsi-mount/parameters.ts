import type { Context } from '../../ocf/agent.ts'
import { notConfigured } from '../../ocf/exit.ts'
import type { Parameters, Values } from '../../ocf/parameters.ts'
import { parseInteger, parseList } from '../../ocf/values.ts'
import { parsePortal, parseTargetName } from '../../system/iscsi/names.ts'
import { chapParameters, checkChap } from '../chap.ts'

export const parameters = {
  iqn: {
    type: 'string',
    required: true,
    identifies: true,
    unique: true,
    short: 'target name (IQN)',
    long: 'iSCSI name of the target to log in to, in the same upper and lower case as on the target.',
    parse: parseTargetName,
  },
  portals: {
    type: 'string',
    required: true,
    identifies: true,
    short: 'portals of the target',
    long: `Portals to log in to, separated by blanks: address or address:port, IPv6 in brackets; the port defaults to 3260.
Each gets a session, and each session provides a disk of its own: with several, multipathd must combine them, and the device
to mount is the multipath one; multipathd then decides how long I/O is paused while all are unreachable (docs/multipath.md).
A start succeeds when one portal accepts the login; while others are missing the monitor reports degraded; a failover
of the target, which passes, counts only after two minutes.`,
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
    long: `How long the target may be unreachable, in seconds. Until then I/O is paused and continues when the target is back,
and the monitor reports the session as degraded, not failed, once that has lasted longer than failovers do (two minutes). After
recovery_limit I/O fails, and so does the monitor. Set it to more than fencing and a failover of the target take. This is node.session.timeo.replacement_timeout of open-iscsi.`,
    parse: parseInteger(1, 86400),
  },
  login_timeout: {
    type: 'integer',
    default: '10',
    short: 'seconds that one login may take',
    long: `How long one attempt to log in may take, in seconds, at start and while a session is being recovered. The next one
follows after it, so a target that is back is found at most so much later. This is node.conn[0].timeo.login_timeout of
open-iscsi.`,
    parse: parseInteger(2, 120),
  },
  noop_out_interval: {
    type: 'integer',
    default: '5',
    short: 'seconds without data before the target is tested',
    long: `A session that has received nothing for this many seconds is tested with a NOP-Out; a busy session never is.
0 (with noop_out_timeout=0) disables the test: a dead target is then detected by TCP alone, after minutes.
This is node.conn[0].timeo.noop_out_interval of open-iscsi.`,
    parse: parseInteger(0, 3600),
  },
  noop_out_timeout: {
    type: 'integer',
    default: '10',
    short: 'seconds that the target has to respond',
    long: `A target that does not respond to a NOP-Out for this many seconds counts as dead: the connection is dropped, I/O is
paused, and a new login is attempted. No I/O fails because of that. This is node.conn[0].timeo.noop_out_timeout of open-iscsi.`,
    parse: parseInteger(0, 3600),
  },
  queue_depth: {
    type: 'integer',
    short: 'queue depth of the disk',
    long: `How many commands the disk may have in flight. The default is that of /etc/iscsi/iscsid.conf, usually 32. This is
node.session.queue_depth and, rounded up, node.session.cmds_max of open-iscsi.`,
    parse: parseInteger(1, 1024),
  },
  link_timeout: {
    type: 'integer',
    default: '60',
    short: 'seconds without a link before the mount leaves the node',
    long: `How long the interfaces in the networks of the portals may be without carrier while no session works, in seconds.
Then the attribute lost-link-ID of the node is set, with the id of the resource, until the link is back, or the next start there.
Clouds of vhacs have a rule that prefers nodes without it; without a rule, nothing follows. 0 never sets it.`,
    parse: parseInteger(0, 86400),
  },
  ...chapParameters,
} as const satisfies Parameters

export type IscsiContext = Context<typeof parameters>
/** The part of the context that reading needs. */
export type ReadContext = Pick<IscsiContext, 'parameters' | 'system'>

/** @throws OcfError (6). */
export function checkParameters(values: Values<typeof parameters>): void {
  checkChap(values)
  if ((values.noop_out_interval === 0) !== (values.noop_out_timeout === 0))
    throw notConfigured('parameters noop_out_interval and noop_out_timeout must both be 0, or neither')
}
