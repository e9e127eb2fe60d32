import { type Element, parseXml } from '../../cloud/xml.ts'
import { applyPatch, queryCib } from '../../system/pacemaker/cib.ts'
import type { System } from '../../system/system.ts'

/**
 * Applies a patch that is made for the CIB as it is now. It is read again, because a step begins some time after the command
 * has read it, and a patch made for that snapshot could miss what was added since.
 * @throws ToolFailed with what crm_verify or cibadmin said.
 */
export async function changeCib(system: System, patchFor: (cib: Element) => string): Promise<void> {
  const text = await queryCib(system)
  await applyPatch(system, text, patchFor(parseXml(text)))
}
