import { type Cloud, treePath, type Vserver, type VserverParameter } from '../../cloud.ts'
import type { PlacedVserver } from './merge-vserver.ts'

/** A new vserver in one line. */
export function vserverText(vserver: Vserver, cloud: Cloud): string {
  const { parameters, address, state } = vserver
  const network = parameters.network === undefined ? '' : `, network ${parameters.network}`
  const service = address ? `, address ${addressText(vserver)}` : ''
  const standby = state === 'standby' ? ', in standby' : ''
  return `container in ${treePath(cloud, vserver)} of cloud ${cloud.name}${network}${service}${standby}`
}

/** The differences between two versions of a vserver, one line each. */
export function vserverDifferences(before: PlacedVserver, after: PlacedVserver): string[] {
  const [old, next] = [before.vserver, after.vserver]
  const names = [...new Set([...Object.keys(old.parameters), ...Object.keys(next.parameters)])] as VserverParameter[]
  const properties: readonly (readonly [string, string, string])[] = [
    ['state', old.state, next.state],
    ['directory', treePath(before.cloud, old), treePath(after.cloud, next)],
    ['address', addressText(old), addressText(next)],
    ...names.map(name => [name, old.parameters[name] ?? 'default', next.parameters[name] ?? 'default'] as const),
  ]
  return properties.filter(([, one, other]) => one !== other).map(([name, one, other]) => `${name}: ${one} -> ${other}`)
}

function addressText({ address }: Vserver): string {
  return address ? `${address.address}/${address.prefixLength}` : 'none'
}
