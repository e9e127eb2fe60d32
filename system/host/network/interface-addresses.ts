import { addressOf } from '../../addresses.ts'
import type { System } from '../../system.ts'

/** Of System; loads node:os on use, as few monitors need it. Node.js leaves out interfaces that lack the flag IFF_UP or IFF_RUNNING, which the kernel clears without carrier. */
export const interfaceAddresses: System['interfaceAddresses'] = () =>
  Object.entries(process.getBuiltinModule('node:os').networkInterfaces()).flatMap(([label, addresses = []]) =>
    addresses.flatMap(({ cidr }) => {
      const [text = '', prefixLength] = cidr?.split('/') ?? []
      const address = addressOf(text)
      // an IPv4 address may have a label of its own, such as eth1:0
      const [interfaceName = ''] = label.split(':')
      return address && prefixLength ? [{ interfaceName, address, prefixLength: Number(prefixLength) }] : []
    }),
  )
