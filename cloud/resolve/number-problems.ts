import { addressKey, addressOf } from '../addresses.ts'
import type { Cloud } from '../cloud.ts'
import type { WantedCloud } from '../configuration.ts'
import { type Path, type Problem, problemIf } from '../problem.ts'
import { type AddressRange, addressRangeText, isIn, subnetOf } from '../subnets.ts'
import type { UsedValues } from './used-values.ts'

/** Numbers and addresses that a cloud names although something else uses them. */
export function numberProblems(
  wanted: WantedCloud,
  present: Cloud | undefined,
  used: UsedValues,
  path: Path,
): Problem[] {
  const { address, minor, name } = wanted
  const isNew = address !== undefined && !isSameAddress(address, present?.address)
  const addressPath = [...path, 'address']
  const choice = 'take another, or leave it out to have one chosen'
  const hasMinor = minor !== undefined && present === undefined && used.hasMinor(minor, name)
  return [
    ...problemIf(isNew && used.hasAddress(address), addressPath, `${address} is in use in this cluster: ${choice}`),
    ...problemIf(isNew && used.answers(address), addressPath, `a host already answers at ${address}: ${choice}`),
    ...problemIf(hasMinor, [...path, 'minor'], `minor ${minor} is in use: ${choice}`),
  ]
}

/** Whether two texts, of which a CIB may have one in any form, are the same address. */
function isSameAddress(one: string, other: string | undefined): boolean {
  const [first, second] = [one, other ?? ''].map(text => addressOf(text))
  return first !== undefined && second !== undefined && addressKey(first) === addressKey(second)
}

/** An address outside the storage network that names no network of its own and is not the present one. */
export function addressOutsideNetwork(
  { address = '', prefixLength }: WantedCloud,
  present: Pick<Cloud, 'address'> | undefined,
  range: AddressRange | undefined,
  path: Path,
): Problem[] {
  const isChecked = prefixLength === undefined && address !== present?.address
  const parsed = isChecked ? addressOf(address) : undefined
  if (range === undefined || parsed === undefined || isIn(subnetOf(range), parsed)) return []
  const message = `address ${address} is outside the storage network ${addressRangeText(range)}: take one inside, leave it out to have one chosen, or add its network, as in ${address}/${range.prefixLength}`
  return [{ path: [...path, 'address'], message }]
}
