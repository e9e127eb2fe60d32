import type { Finished } from '../system.ts'

/** Exit statuses of Pacemaker's tools: CRM_EX_PROTOCOL and CRM_EX_CONFIG. */
const OTHER_VERSION = 76
const INVALID = 78

/** The exit statuses by which cibadmin refuses the CIB itself, whatever the operation. */
export const REFUSALS: readonly number[] = [OTHER_VERSION, INVALID]

/**
 * Why cibadmin refuses a CIB, and what to do; cibadmin itself only prints "Protocol not supported", or that it could not connect.
 * Undefined for other failures, such as a bad patch.
 */
export function refusal({ status, stderr }: Finished): string | undefined {
  if (status === OTHER_VERSION)
    return 'the CIB was written by a later version of Pacemaker than the one on this host: run vhacs on a host with that version'
  if (status !== INVALID || !/Init failed|could not connect to the CIB/i.test(stderr)) return undefined
  return 'this version of Pacemaker does not accept the CIB: run "crm_verify -V --xml-file FILE" to see what is wrong with it'
}
