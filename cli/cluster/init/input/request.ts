import type { NodeRole } from '../../../../cloud/configuration.ts'
import { hostName } from '../../../../system/nodes/ssh.ts'
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
}

/** By a disk that all nodes share, by each node's own watchdog alone, or not by vhacs. */
export type Fencing =
  | { readonly by: 'disk'; readonly device: string }
  | { readonly by: 'watchdog' }
  | { readonly by: 'nothing' }

/** @throws RangeError for what cannot be meant. */
export function initRequest({ system, value, options }: Call): InitRequest {
  const nodes = value === '' ? [hostName(system)] : expandRanges(value)
  const roles = textOf(options, 'roles')
  return {
    nodes: nodes.map(parseNodeName),
    clusterName: parseClusterName(textOf(options, 'name') ?? `vhacs-${nodes[0]}`),
    roles: roles === undefined ? [] : parseRoles(roles),
    fencing: parseFencing(nodes, textOf(options, 'sbd-device'), options['sbd-watchdog'] === true),
  }
}

/** As uname(1) has it. */
function parseNodeName(text: string): string {
  if (text === 'ALL') throw new RangeError('ALL has no meaning before there is a cluster: name the nodes')
  if (!/^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?$/.test(text))
    throw new RangeError(`a host name is expected, like alpha, got ${JSON.stringify(text)}`)
  return text
}

/** It goes into target names, so it has only what they may have. */
function parseClusterName(text: string): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9.-]{0,127}$/.test(text))
    throw new RangeError(`--name: letters, digits, dots and dashes are expected, got ${JSON.stringify(text)}`)
  return text
}

function parseFencing(nodes: readonly string[], device: string | undefined, byWatchdog: boolean): Fencing {
  if (device !== undefined && byWatchdog) throw new RangeError('--sbd-device and --sbd-watchdog exclude each other')
  if (byWatchdog && nodes.length < 3)
    throw new RangeError(
      '--sbd-watchdog needs three nodes: of two, the survivor could not tell whether the other still runs; use --sbd-device',
    )
  if (byWatchdog) return { by: 'watchdog' }
  if (device === undefined) return { by: 'nothing' }
  if (!/^\/dev\/[\w./:+@-]+$/.test(device))
    throw new RangeError(`--sbd-device: a path like /dev/disk/by-id/NAME is expected, got ${JSON.stringify(device)}`)
  return { by: 'disk', device }
}
