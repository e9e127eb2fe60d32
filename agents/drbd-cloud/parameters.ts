import type { Context } from '../../ocf/agent.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { parseInteger, parseList, parsePattern } from '../../ocf/values.ts'
import { parsePortal } from '../../system/iscsi/names.ts'

export const parameters = {
  // the fence-peer handlers find the resource in the CIB by this very name
  drbd_resource: {
    type: 'string',
    required: true,
    identifies: true,
    unique: true,
    short: 'DRBD resource',
    long: 'Name of the resource in the DRBD configuration (/etc/drbd.d/NAME.res).',
    // names that are safe as a file name and as an argument of drbdadm, which takes "all" for every resource
    parse: parsePattern(
      /^(?!all$)[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/,
      'a DRBD resource name (letters, digits, _ . -, not "all")',
    ),
  },
  wfc_timeout: {
    type: 'integer',
    default: '10',
    short: 'seconds to wait for the peer at start',
    long: `How long a start waits for the connection to the peer, in seconds. A start without a peer also succeeds; with
one, the promotion that follows can compare the data of both sides. Without notifications this is also the time within which
both sides must start to have the same score.`,
    parse: parseInteger(0, 120),
  },
  portals: {
    type: 'string',
    short: 'portals of the device',
    long: `Portals at which the client of the device reaches it, in the form of the parameter of lio-iblock. The device is taken
to have one client at a time, as in a cloud. A side none of whose interfaces with carrier has an address of its own in their
networks is cut off: while that lasts, the promotion score of its good data is 5000, so that the other side takes over if it can
be reached and has good data, too. If the client is on that side, that is, an initiator of the node has a session with a portal,
the score is 15000, because the client reaches the device only there. The score is 5000, too, if the node's network is up, but
several initiators of the cluster report that they cannot reach it while they reach the other side. Without portals, the network
does not matter.`,
    parse: parseList(parsePortal),
  },
} as const satisfies Parameters

export type DrbdContext = Context<typeof parameters>
