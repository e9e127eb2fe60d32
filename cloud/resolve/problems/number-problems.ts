import { addressKey, addressOf } from '../../../system/addresses.ts'
import type { Cloud } from '../../cloud.ts'
import type { WantedCloud } from '../../configuration.ts'
import { diskPath } from '../../devices.ts'
import { type Path, type Problem, problemIf } from '../../problem.ts'
import { addressFault } from '../../service-address.ts'
import { type AddressRange, addressRangeText, isIn, subnetOf } from '../../subnets.ts'
import type { UsedValues } from '../used-values.ts'

/** Numbers and addresses that a cloud names but something else uses. */
export function numberProblems(
  wanted: WantedCloud,
  present: Cloud | undefined,
  used: UsedValues,
  path: Path,
): Problem[] {
  const { address, minor, name } = wanted
  const isNew = address !== undefined && !isSameAddress(address, present?.address)
  const addressPath = [...path, 'address']
  const choice = 'choose another, or leave it out to have one chosen'
  const hasMinor = minor !== undefined && present === undefined && used.hasMinor(minor, name)
  return [
    ...problemIf(isNew && used.hasAddress(address), addressPath, `${address} is in use in this cluster: ${choice}`),
    ...problemIf(isNew && used.answers(address), addressPath, `a host already answers at ${address}: ${choice}`),
    ...problemIf(hasMinor, [...path, 'minor'], `minor ${minor} is in use: ${choice}`),
  ]
}

/** Whether two texts name the same address; one from a CIB may have any form. */
function isSameAddress(one: string, other: string | undefined): boolean {
  const [first, second] = [one, other ?? ''].map(text => addressOf(text))
  return first !== undefined && second !== undefined && addressKey(first) === addressKey(second)
}

/** A new address without a network of its own that is outside the storage network, or is the address of that network itself. */
export function addressOutsideNetwork(
  { address = '', prefixLength }: WantedCloud,
  present: Pick<Cloud, 'address'> | undefined,
  range: AddressRange | undefined,
  path: Path,
): Problem[] {
  const isChecked = prefixLength === undefined && address !== present?.address
  const parsed = isChecked ? addressOf(address) : undefined
  if (range === undefined || parsed === undefined) return []
  if (isIn(subnetOf(range), parsed)) {
    const fault = addressFault(parsed, range.prefixLength)
    const message = `address ${address} ${fault}: choose another, or leave it out to have one chosen`
    return problemIf(fault !== undefined, [...path, 'address'], message)
  }
  const message = `address ${address} is outside the storage network ${addressRangeText(range)}: choose one inside, leave it out to have one chosen, or add its network, as in ${address}/${range.prefixLength}`
  return [{ path: [...path, 'address'], message }]
}

/**
 * A cloud whose disk would have no link below /dev/disk/by-path on vhosts, because the link's name would exceed the maximum length.
 */
export function deviceNameProblems(cloud: Cloud, wanted: WantedCloud, path: Path): Problem[] {
  const device = diskPath(cloud)
  const isTooLong = Buffer.byteLength(device.slice(device.lastIndexOf('/') + 1)) > LONGEST_FILE_NAME
  const message = `iqn ${cloud.iqn} is too long: with the address ${cloud.address} the name of its disk in /dev/disk/by-path would have more than ${LONGEST_FILE_NAME} bytes: choose a shorter iqn`
  return problemIf(isTooLong, [...path, wanted.iqn === undefined ? 'name' : 'iqn'], message)
}

/** NAME_MAX of Linux, in bytes. */
const LONGEST_FILE_NAME = 255
