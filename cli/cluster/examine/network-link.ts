/** A network interface, as `ip -json address` has it. */
export interface NetworkLink {
  readonly ifname?: string
  readonly flags?: readonly string[]
  readonly addr_info?: readonly NetworkAddress[]
}

export interface NetworkAddress {
  readonly family: string
  readonly scope: string
  readonly local: string
  readonly prefixlen: number
}

/** The interface of that name in the section `links`; undefined when there is none. */
export function networkLink(json: string | undefined, name: string): NetworkLink | undefined {
  const links: NetworkLink[] = JSON.parse(json || '[]')
  return links.find(({ ifname }) => ifname === name)
}
