import { failed } from '../../ocf/exit.ts'
import { exitText, type Finished, lastOutput } from '../../system/system.ts'

/** mount(8), umount(8), EXIT STATUS: the bits may be combined. */
const MOUNT_STATUSES: Readonly<Record<number, string>> = {
  1: 'incorrect invocation or permissions',
  2: 'system error',
  4: 'internal bug of mount',
  8: 'interrupted',
  16: 'problems with /etc/mtab',
  32: 'mount failure',
  64: 'some mounts succeeded',
}

/** e2fsck(8), EXIT CODE: the bits may be combined. */
const E2FSCK_STATUSES: Readonly<Record<number, string>> = {
  1: 'errors were corrected',
  2: 'errors were corrected while the file system was in use: reboot the node',
  4: 'errors remain: run e2fsck by hand',
  8: 'operational error',
  16: 'usage error',
  32: 'cancelled',
  128: 'shared library error',
}

/** How mount or umount failed, with the meaning of its exit status. */
export function mountFailure(finished: Finished) {
  return failed(describeExit(finished, MOUNT_STATUSES))
}

/** How e2fsck failed, with the meaning of its exit status. */
export function checkFailure(finished: Finished) {
  return failed(describeExit(finished, E2FSCK_STATUSES))
}

function describeExit(finished: Finished, meanings: Readonly<Record<number, string>>): string {
  const { command, status } = finished
  const bits = Object.entries(meanings).filter(([bit]) => ((status ?? 0) & Number(bit)) !== 0)
  const named = bits.length === 0 ? '' : ` (${bits.map(([, meaning]) => meaning).join(', ')})`
  return [`${command} ${exitText(finished)}${named}`, lastOutput(finished)].filter(Boolean).join(': ')
}
