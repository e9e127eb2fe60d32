import type { System } from '../../system.ts'
import { excerpt, parseAnswer } from '../answer.ts'
import { runScriptOn, script } from '../script.ts'

/**
 * Prints the UUID that device-mapper has for the volume whose device is $1; another volume of the same name has another one.
 * @see Linux, Documentation/ABI/testing/sysfs-block-dm
 */
export const IDENTITY = script`real=$(readlink -f -- "$1") && cat "/sys/class/block/\${real##*/}/dm/uuid"`

/** The identity of the volume with that device. @throws ToolFailed where it is not active. */
export async function identityOf(system: System, node: string, device: string): Promise<string> {
  const options = { looks: true, timeoutSeconds: 30 } as const
  const finished = await runScriptOn(system, node, { text: IDENTITY, values: [device], ...options })
  return parseAnswer(finished, text => {
    if (!/^[\w-]{1,128}$/.test(text.trim())) throw new RangeError(`expected a UUID, got ${excerpt(text)}`)
    return text.trim()
  })
}
