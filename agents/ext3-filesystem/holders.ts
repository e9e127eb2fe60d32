import { failed, type OcfError } from '../../ocf/exit.ts'
import { tryOptional } from '../../ocf/progress.ts'
import type { Finished } from '../../system/system.ts'
import { deviceUsers } from '../../system/usage/device-users.ts'
import { mountState } from './mount-state.ts'
import type { MountContext } from './parameters.ts'

/** The messages of mount and e2fsck for a device that something has opened exclusively (EBUSY). */
const IS_HELD = /busy|in use|exclusive/i

/** The failure of a tool, preceded by the users of the device if the tool reports that it is in use. */
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
