import type { NodeRole } from '../../../../cloud/configuration.ts'
import { parseNodeName } from '../../../../cloud/names.ts'
import { hostName } from '../../../../system/host-name.ts'
import { parseAlertRecipients } from '../../../command/alert-recipients.ts'
import { expandRanges } from '../../../command/name-ranges.ts'
import { parseRoles } from '../../../command/roles.ts'
import { type Call, textOf } from '../../../command/verb.ts'

/** The cluster that is to be formed. */
export interface InitRequest {
  readonly nodes: readonly string[]
  readonly clusterName: string
  /** Of all nodes. */
  readonly roles: readonly NodeRole[]
  readonly fencing: Fencing
  /** Who is told of events; empty for nobody. */
  readonly alerts: readonly string[]
}

/** Fenced by a disk that all nodes share, by each node's own watchdog alone, or without configuration by vhacs. */
export type Fencing =
  | { readonly by: 'disk'; readonly device: string }
  | { readonly by: 'watchdog' }
  | { readonly by: 'nothing' }

/** @throws RangeError for invalid names, roles and options. */
export function initRequest({ system, value, options }: Call): InitRequest {
  const nodes = value === '' ? [hostName(system)] : expandRanges(value)
  const roles = textOf(options, 'roles')
  const alerts = textOf(options, 'alerts')
  return {
    nodes: nodes.map(parseNewName),
    clusterName: parseClusterName(textOf(options, 'name') ?? `vhacs-${nodes[0]}`),
    roles: roles === undefined ? [] : parseRoles(roles),
    fencing: parseFencing(nodes, textOf(options, 'sbd-device'), options['sbd-watchdog'] === true),
    alerts: alerts === undefined ? [] : parseAlertRecipients(alerts),
  }
}

/** A name that DNS also allows, and that fits into uname(2). */
export function parseNewName(text: string): string {
  if (text === 'ALL') throw new RangeError('ALL has no meaning without a cluster: name the nodes')
  if (text.includes('_') || text.length > 64 || !isNodeName(text))
    throw new RangeError(`expected a host name such as alpha, got ${JSON.stringify(text)}`)
  return text
}

function isNodeName(text: string): boolean {
  try {
    parseNodeName(text)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** The name becomes part of target names, so it may only contain their characters. */
function parseClusterName(text: string): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9.-]{0,127}$/.test(text))
    throw new RangeError(`--name: expected letters, digits, dots and dashes, got ${JSON.stringify(text)}`)
  return text
}

function parseFencing(nodes: readonly string[], device: string | undefined, byWatchdog: boolean): Fencing {
  if (device !== undefined && byWatchdog) throw new RangeError('--sbd-device and --sbd-watchdog cannot be combined')
  if (byWatchdog && nodes.length < 3)
    throw new RangeError(
      '--sbd-watchdog needs at least three nodes: the survivor of two cannot know whether the other still runs; use --sbd-device',
    )
  if (byWatchdog) return { by: 'watchdog' }
  if (device === undefined) return { by: 'nothing' }
  if (!/^\/dev\/[\w./:+@-]+$/.test(device))
    throw new RangeError(`--sbd-device: expected a path such as /dev/disk/by-id/NAME, got ${JSON.stringify(device)}`)
  return { by: 'disk', device }
}
