import { chapParameters } from '../../../agents/chap.ts'
import { lioIblock } from '../../../agents/lio-iblock/index.ts'
import { type Address, addressOf } from '../../../system/addresses.ts'
import type { Chap, Cloud } from '../../cloud.ts'
import { chapIn } from '../../compose/chap.ts'
import { LARGEST_MINOR, minorOf } from '../../devices.ts'
import { parseCloudName } from '../../names.ts'
import { valueText } from '../../problem.ts'
import { addressFault } from '../../service-address.ts'
import { isPrefixLength } from '../../subnets.ts'

/*
 * The values in the parameters of a cloud's resources. Each is parsed: a value that an agent would refuse, or that would read as an
 * option or as a line of a configuration where vhacs uses it, makes the cloud incomplete. `id` is the resource's.
 */

/** Why a cloud cannot be read. */
export class Unreadable extends Error {}

export function checkName(name: string): void {
  try {
    parseCloudName(name)
  } catch (error) {
    if (error instanceof RangeError) throw new Unreadable(error.message)
    throw error
  }
}

/** @throws Unreadable, with its place, for a value that the parser refuses. */
export function parsed<T>(place: string, value: string, parse: (text: string) => T): T {
  try {
    return parse(value)
  } catch (error) {
    if (error instanceof RangeError) throw new Unreadable(`${place} is ${valueText(value)}: ${error.message}`)
    throw error
  }
}

/** The address exactly as written, for comparison with the form that vhacs writes. */
export function serviceAddress(
  id: string,
  { ip, cidr_netmask: length }: Readonly<Record<string, string>>,
): Pick<Cloud, 'address' | 'prefixLength'> {
  const text = required(id, 'ip', ip)
  const address = parsed(`${id}: ip`, text, parseAddress)
  const prefixLength = integer(id, 'cidr_netmask', length)
  if (!isPrefixLength(address.family, prefixLength)) throw unexpectedForm(id, 'cidr_netmask', String(prefixLength))
  const fault = addressFault(address, prefixLength)
  if (fault !== undefined) throw new Unreadable(`${id}: ip ${valueText(text)} ${fault}`)
  return { address: text, prefixLength }
}

function parseAddress(text: string): Address {
  const address = addressOf(text)
  if (address === undefined) throw new RangeError('an IP address is expected')
  return address
}

export function initiators(id: string, text = ''): readonly string[] {
  if (text.trim() === '') return []
  return parsed(`${id}: allowed_initiators`, text, lioIblock.parameters.allowed_initiators.parse)
}

export function chap(id: string, parameters: Record<string, string>): Chap | undefined {
  const found = chapIn(parameters)
  for (const name of ['chap_user', 'chap_secret_file', 'mutual_chap_user', 'mutual_chap_secret_file'] as const) {
    const value = parameters[name]
    if (value !== undefined) parsed(`${id}: ${name}`, value, chapParameters[name].parse)
  }
  return found
}

export function required(id: string, parameter: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new Unreadable(`${id} has no parameter ${parameter}`)
  return value
}

function integer(id: string, parameter: string, value: string | undefined): number {
  const text = required(id, parameter, value)
  if (!/^\d{1,9}$/.test(text)) throw unexpectedForm(id, parameter, text)
  return Number(text)
}

export function minor(id: string, device: string | undefined): number {
  const path = required(id, 'device', device)
  const number = minorOf(path)
  if (number === undefined || number > LARGEST_MINOR) throw unexpectedForm(id, 'device', path)
  return number
}

function unexpectedForm(id: string, parameter: string, value: string): Unreadable {
  return new Unreadable(`${id}: ${parameter} ${valueText(value)} does not have the form that vhacs uses`)
}
