import { DeadlineReached } from '../../ocf/deadline.ts'
import { failed, invalidHere, notInstalled } from '../../ocf/exit.ts'
import { exists } from '../../system/files.ts'
import { NSPAWN } from '../../system/nspawn/unit.ts'
import { ToolMissing } from '../../system/system.ts'
import { settingsCopy } from './leftovers.ts'
import type { ContainerContext, ReadContext } from './parameters.ts'

/** A larger file is none of settings. */
const MOST_BYTES = 1024 * 1024

/** What the node must have, apart from the tree. @throws OcfError (2, 5) or ToolMissing. */
export function requireNode({ parameters, system }: ReadContext): void {
  if (!exists(system, NSPAWN)) throw new ToolMissing({ name: 'systemd-nspawn', package: 'systemd-container' })
  if (!exists(system, '/sys/fs/cgroup/cgroup.controllers'))
    throw notInstalled(
      'this node does not use control groups of version 2: boot it with systemd.unified_cgroup_hierarchy=1',
    )
  const { network } = parameters
  if (!('interfaceName' in network)) return
  const place = `/sys/class/net/${network.interfaceName}`
  if (!exists(system, place))
    throw invalidHere(`this node has no interface ${network.interfaceName}: create it with that name on every node`)
  if (network.kind === 'bridge' && !exists(system, `${place}/bridge`))
    throw invalidHere(`${network.interfaceName} is not a bridge on this node`)
}

/** The text of the settings; undefined when the parameter is not set. @throws OcfError (2) if they cannot be used. */
export async function readSettings({ parameters, system, deadline }: ContainerContext): Promise<string | undefined> {
  const { machine, settings } = parameters
  if (settings === undefined) return undefined
  const before = `/etc/systemd/nspawn/${machine}.nspawn`
  if (exists(system, before))
    throw invalidHere(`systemd-nspawn would read ${before} in place of ${settings}: remove one of them`)
  try {
    return await system.readInput(settings, { maxBytes: MOST_BYTES, signal: deadline.signal })
  } catch (cause) {
    if (cause instanceof DeadlineReached || !(cause instanceof Error)) throw cause
    throw invalidHere(`the settings ${settings} cannot be read: ${cause.message}`, { cause })
  }
}

/** Writes the settings where systemd-nspawn reads them and trusts them; from anywhere else it ignores most. */
export async function writeSettings({ parameters, system }: ContainerContext, text: string | undefined): Promise<void> {
  if (text === undefined) return
  const copy = settingsCopy(parameters.machine)
  try {
    await system.makeDirectory(copy.slice(0, copy.lastIndexOf('/')), { parents: true })
    await system.write(copy, text, { permissions: 0o600 })
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    throw failed(`the settings cannot be copied to ${copy}: ${cause.message}`, { cause })
  }
}
