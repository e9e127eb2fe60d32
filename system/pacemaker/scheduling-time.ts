/** For a node that is busy, or emulated: 512 clouds have 3072 resources, and take crm_verify a few seconds elsewhere. */
const SECONDS_PER_RESOURCE = 0.1

/** How long Pacemaker's scheduler may work on a CIB, as crm_verify and crm_simulate run it. */
export function schedulingSeconds(cib: string): number {
  return 60 + Math.ceil((cib.split('<primitive').length - 1) * SECONDS_PER_RESOURCE)
}
