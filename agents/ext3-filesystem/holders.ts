import { failed, type OcfError } from '../../ocf/exit.ts'
import { tryOptional } from '../../ocf/progress.ts'
import type { Finished } from '../../system/system.ts'
import { deviceUsers } from '../../system/usage/device-users.ts'
import { mountState } from './mount-state.ts'
import type { MountContext } from './parameters.ts'

/** How mount and e2fsck report a device that something has opened for itself alone (EBUSY). */
const IS_HELD = /busy|in use|exclusive/i

/** The failure of a tool, begun with what holds the device, where the tool says that something does. */
export function withHolders(
  { parameters, system }: MountContext,
  { stderr, stdout }: Finished,
  failure: OcfError,
): OcfError {
  const { name } = mountState(system, parameters)
  if (name === undefined || !IS_HELD.test(stderr + stdout)) return failure
  const users = tryOptional(() => deviceUsers(system, name)) ?? []
  if (users.length === 0) return failure
  return failed(`${parameters.device} is in use by ${users.join(', ')}: ${failure.message}`, { cause: failure })
}
