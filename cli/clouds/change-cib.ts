import { verifiable } from '../../cloud/cib/verifiable.ts'
import { type Element, parseXml } from '../../cloud/xml.ts'
import { applyPatch as apply, queryCib } from '../../system/pacemaker/cib/cib.ts'
import type { System } from '../../system/system.ts'

/**
 * Applies a patch that is made for the current CIB. The CIB is read again, because a step begins some time after the command has
 * read it, and a patch for that snapshot could miss later additions.
 * @throws ToolFailed with what crm_verify or cibadmin said.
 */
export async function changeCib(system: System, patchFor: (cib: Element) => string): Promise<void> {
  const text = await queryCib(system)
  await applyPatch(system, text, patchFor(parseXml(text)))
}

/**
 * Applies a patch to the CIB that it was made for, completely or not at all, after crm_verify has validated its result.
 * @throws ToolFailed with what crm_verify or cibadmin said.
 */
export async function applyPatch(system: System, cib: string, patch: string): Promise<void> {
  await apply(system, { cib, patch, verifiable })
}
