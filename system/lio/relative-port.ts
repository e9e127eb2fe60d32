import { exists, readLine } from '../files.ts'
import type { System } from '../system.ts'
import { type TpgAddress, tpgPath } from './paths.ts'
import { allTpgs, type Tpg } from './tpgs.ts'

/*
 * The relative target port identifier in VPD page 0x83 and in REPORT TARGET PORT GROUPS. Since Linux 6.4 a TPG has one, unique
 * among the enabled TPGs of the node. An enabled TPG that was given none gets the lowest that is free.
 * @see drivers/target/target_core_tpg.c, target_tpg_register_rtpi()
 */

const fileOf = (tpg: string) => `${tpg}/rtpi`

/** Whether the kernel numbers ports per node; before 6.4 it numbered them per backstore, starting with 1. */
export function numbersPorts(system: System, address: TpgAddress): boolean {
  return exists(system, fileOf(tpgPath(address)))
}

/** The enabled TPG that has the number; undefined when it is free. */
export function holderOfPort(system: System, rtpi: number): Tpg | undefined {
  return allTpgs(system).find(
    ({ path }) =>
      readLine(system, `${path}/enable`) === '1' && Number(readLine(system, fileOf(path)) ?? Number.NaN) === rtpi,
  )
}

/** Gives a disabled TPG its number. Enabling it fails with EINVAL if another TPG is enabled with that number before. */
export async function setPort(system: System, address: TpgAddress, rtpi: number): Promise<void> {
  await system.write(fileOf(tpgPath(address)), String(rtpi))
}
