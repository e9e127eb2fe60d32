import { runToSuccess, type Tool, ToolFailed } from '../../../system/system.ts'
import { type Call, textOf } from '../../command/verb.ts'
import type { Image } from './image.ts'

const mmdebstrap: Tool = { name: 'mmdebstrap', package: 'mmdebstrap' }

/** What boots, has a network, and can be asked by systemctl; anything else is an operator's choice. */
const PACKAGES = 'systemd-sysv,dbus,iproute2,netbase'

/** The smallest one has more. */
const LEAST_BYTES = 150 * 2 ** 20

/** A new system of a suite of Debian, made on this node. @throws RangeError, ToolMissing */
export async function suiteImage({ system, options }: Call, suite: string): Promise<Image> {
  const mirror = textOf(options, 'mirror')
  if (!/^[a-z][a-z0-9.-]{0,39}$/.test(suite))
    throw new RangeError(`--suite: a suite like bookworm is expected, got ${JSON.stringify(suite)}`)
  if (mirror !== undefined && !/^(https?|file|copy):\/\/[\w./:@%~+-]{1,200}$/.test(mirror))
    throw new RangeError(`--mirror: a URL like http://deb.debian.org/debian is expected, got ${JSON.stringify(mirror)}`)
  await runToSuccess(system, mmdebstrap, ['--version'], { looks: true, timeoutSeconds: 30 })
  const args = ['--variant=minbase', `--include=${PACKAGES}`, '--format=tar', suite, '-', ...(mirror ? [mirror] : [])]
  const bytes = async function* (signal: AbortSignal) {
    const finished = yield* system.stream(mmdebstrap, args, { signal })
    if (finished.status !== 0) throw new ToolFailed(finished)
  }
  return { what: `${suite} by mmdebstrap`, leastBytes: LEAST_BYTES, isReadOnce: false, bytes }
}
