import { deviceAtPath } from '../block/device-at-path.ts'
import { listNames, readLine } from '../files.ts'
import { ifPresent, type System } from '../system.ts'
import { CORE, linksIn } from './paths.ts'
import { allTpgs } from './tpgs.ts'

/* The backstores of LIO, including those of other programs, such as targetcli, and of other resources. */

/** The number `major:minor` of the device that a backstore holds; undefined when it holds no device. */
export function deviceOfBackstore(system: System, path: string): string | undefined {
  const info = ifPresent(() => system.read(`${path}/info`)) ?? ''
  // an iblock backstore shows its device; the others show a path
  const number = /Major: (\d+) Minor: (\d+)/.exec(info)
  if (number) return number[1] === '0' ? undefined : `${number[1]}:${number[2]}`
  return deviceAtPath(system, readLine(system, `${path}/udev_path`) ?? '')
}

/** The backstores that hold a device, such as `iblock_0/name`. */
export function backstoresOn(system: System, device: string): string[] {
  return listNames(system, CORE)
    .filter(hba => /_\d+$/.test(hba))
    .flatMap(hba => listNames(system, `${CORE}/${hba}`).map(name => `${hba}/${name}`))
    .filter(backstore => deviceOfBackstore(system, `${CORE}/${backstore}`) === device)
}

/** The LUNs through which a backstore is exported, by targets of all fabrics, such as `lun_0 of iqn… tpgt_1`. */
export function exportsOf(system: System, backstore: string): string[] {
  return allTpgs(system)
    .flatMap(tpg =>
      listNames(system, `${tpg.path}/lun`).map(lun => ({ ...tpg, lun, lunPath: `${tpg.path}/lun/${lun}` })),
    )
    .filter(({ lunPath }) => linksIn(system, lunPath).some(({ to }) => to === backstore))
    .map(({ target, name, lun }) => `${lun} of ${target} ${name}`)
}
