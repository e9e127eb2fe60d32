/** Settings of one node, from /etc/vhacs.conf. Interface names may differ between nodes. */
export interface VhacsConf {
  readonly storageInterface: string
  /** Of the cluster's own communication; used when the cluster is formed. */
  readonly heartbeatInterface: string | undefined
  readonly replicationInterface: string
  /** Range of addresses that clouds may be given, such as `10.0.0.100-10.0.0.199/24`. */
  readonly serviceAddresses: string
}

/**
 * Reads `NAME = "value"` lines; `#` starts a comment.
 * @throws RangeError that names the setting that is missing or the line that is not understood.
 */
export function parseVhacsConf(text: string): VhacsConf {
  const settings = new Map(text.split('\n').flatMap((line, index) => parseLine(line, index + 1)))
  const storageInterface = settings.get('STORAGE_IFNAME')
  const serviceAddresses = settings.get('SERVICE_ADDRESSES')
  if (!storageInterface)
    throw new RangeError('/etc/vhacs.conf: STORAGE_IFNAME is missing, like STORAGE_IFNAME = "eth1"')
  if (!serviceAddresses)
    throw new RangeError(
      '/etc/vhacs.conf: SERVICE_ADDRESSES is missing: a range of free addresses of the storage network, like SERVICE_ADDRESSES = "10.0.0.100-10.0.0.199/24"',
    )
  return {
    storageInterface,
    heartbeatInterface: settings.get('HEARTBEAT_IFNAME') || undefined,
    serviceAddresses,
    replicationInterface: settings.get('REPLICATION_IFNAME') || storageInterface,
  }
}

function parseLine(line: string, number: number): [string, string][] {
  const text = line.replace(/^\s*#.*/, '').trim()
  if (text === '') return []
  const match = /^([A-Z_]+)\s*=\s*"([^"]*)"\s*(?:#.*)?$/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined)
    throw new RangeError(`/etc/vhacs.conf, line ${number}: NAME = "value" is expected, got ${JSON.stringify(text)}`)
  return [[match[1], match[2]]]
}
