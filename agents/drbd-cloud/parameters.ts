import type { Context } from '../../ocf/agent.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { parseInteger, parsePattern } from '../../ocf/values.ts'

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
    default: '5',
    short: 'seconds to wait for the peer at start',
    long: `How long a start waits for the connection to the peer, in seconds. A start without a peer also succeeds; with
one, the promotion that follows can compare the data of both sides.`,
    parse: parseInteger(0, 120),
  },
} as const satisfies Parameters

export type DrbdContext = Context<typeof parameters>
