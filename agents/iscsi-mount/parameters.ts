import type { Context } from '../../ocf/agent.ts'
import { notConfigured } from '../../ocf/exit.ts'
import type { Parameters, Values } from '../../ocf/parameters.ts'
import { parseInteger, parseList } from '../../ocf/values.ts'
import { parseIscsiName, parsePortal } from '../../system/iscsi/names.ts'
import { chapParameters, checkChap } from '../chap.ts'

export const parameters = {
  iqn: {
    type: 'string',
    required: true,
    identifies: true,
    unique: true,
    short: 'target name (IQN)',
    long: 'iSCSI name of the target to log in to.',
    parse: parseIscsiName,
  },
  portals: {
    type: 'string',
    required: true,
    identifies: true,
    short: 'portals of the target',
    long: `Portals to log in to, separated by blanks: address or address:port, IPv6 in brackets; the port defaults to 3260.
One session is made to each, and each brings a disk of its own: with several, multipathd must join them, and the device to
mount is the multipath one; how I/O waits while all are away is then multipathd's to say (docs/multipath.md). A start succeeds
when one portal lets it in; while others are missing the monitor says degraded.`,
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
  login_timeout: {
    type: 'integer',
    default: '10',
    short: 'seconds that one login may take',
    long: `How long one attempt to log in may take, in seconds, at start and while a session is being recovered. The next one
follows after it: a target that comes back is found at most so much later. node.conn[0].timeo.login_timeout of open-iscsi.`,
    parse: parseInteger(2, 120),
  },
  noop_out_interval: {
    type: 'integer',
    default: '5',
    short: 'seconds of silence before the target is asked whether it lives',
    long: `A session over which nothing was received for so many seconds is tested by a NOP-Out; one that is busy never is.
0 (with noop_out_timeout=0) turns that off: a dead target is then noticed by TCP alone, after minutes.
node.conn[0].timeo.noop_out_interval of open-iscsi.`,
    parse: parseInteger(0, 3600),
  },
  noop_out_timeout: {
    type: 'integer',
    default: '10',
    short: 'seconds in which it must answer',
    long: `A target that does not answer for so many seconds more is taken for dead: the connection is dropped, I/O waits, and a
new login is tried. No I/O fails by it. node.conn[0].timeo.noop_out_timeout of open-iscsi.`,
    parse: parseInteger(0, 3600),
  },
  queue_depth: {
    type: 'integer',
    short: 'commands under way at once',
    long: `How many commands the disk may have under way at once. Unless set, it is that of /etc/iscsi/iscsid.conf, usually 32.
node.session.queue_depth and, with room to spare, node.session.cmds_max of open-iscsi.`,
    parse: parseInteger(1, 1024),
  },
  ...chapParameters,
} as const satisfies Parameters

export type IscsiContext = Context<typeof parameters>
/** What it takes to look. */
export type ReadContext = Pick<IscsiContext, 'parameters' | 'system'>

/** @throws OcfError (6). */
export function checkParameters(values: Values<typeof parameters>): void {
  checkChap(values)
  if ((values.noop_out_interval === 0) !== (values.noop_out_timeout === 0))
    throw notConfigured('parameters noop_out_interval and noop_out_timeout must both be 0 or both not')
}
