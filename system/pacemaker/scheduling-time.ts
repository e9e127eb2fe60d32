/** Allows for a busy or emulated node: crm_verify takes a few seconds elsewhere for 512 clouds, which have 3072 resources. */
const SECONDS_PER_RESOURCE = 0.1

/** How long crm_verify and crm_simulate, which run Pacemaker's scheduler, may work on a CIB. */
export function schedulingSeconds(cib: string): number {
  return 60 + Math.ceil((cib.split('<primitive').length - 1) * SECONDS_PER_RESOURCE)
}
