import { excerpt } from '../answer.ts'

/** The settings in /etc/vhacs.conf of one node. Interface names may differ between nodes. */
export interface VhacsConf {
  readonly storageInterface: string
  /** Interface for the cluster's own communication; used when the cluster is formed. */
  readonly heartbeatInterface: string | undefined
  readonly replicationInterface: string
  /** Range of addresses for clouds, such as `10.0.0.100-10.0.0.199/24`. */
  readonly serviceAddresses: string | undefined
}

/** A setting that /etc/vhacs.conf may contain. */
export interface Setting {
  readonly example: string
  /** Complete sentences, for the manual. */
  readonly meaning: string
}

/** All settings, in the order of the manual. */
export const SETTINGS = {
  STORAGE_IFNAME: {
    example: 'eth1',
    meaning: 'The interface to the storage network, over which vhosts reach the targets. This setting is required.',
  },
  HEARTBEAT_IFNAME: {
    example: 'eth2',
    meaning:
      "The interface for the cluster's own communication, as cluster --init gives it to corosync. Without it, only the storage network is used.",
  },
  REPLICATION_IFNAME: {
    example: 'eth3',
    meaning: "The interface for DRBD's traffic. Without it, DRBD uses the storage network.",
  },
  SERVICE_ADDRESSES: {
    example: '10.0.0.100-10.0.0.199/24',
    meaning:
      'Free addresses of the storage network, one for each storage, with its prefix length; the same on all nodes. ' +
      'Without it, storage --create cannot assign an address; a file of clouds may set addresses itself.',
  },
} as const satisfies Readonly<Record<string, Setting>>

type Name = keyof typeof SETTINGS

/**
 * Reads `NAME = "value"` lines; `#` starts a comment.
 * @throws RangeError that names a missing setting, or a line with a wrong form, an unknown name or a repeated one: a misspelt name
 * must not send traffic over another network.
 */
export function parseVhacsConf(text: string): VhacsConf {
  const settings = new Map<Name, string>()
  for (const [index, line] of text.split('\n').entries())
    for (const [name, value] of parseLine(line, index + 1)) {
      if (settings.has(name))
        throw new RangeError(`/etc/vhacs.conf, line ${index + 1}: ${name} is set twice: remove one of the two lines`)
      settings.set(name, value)
    }
  const storageInterface = settings.get('STORAGE_IFNAME')
  if (!storageInterface)
    throw new RangeError(`/etc/vhacs.conf: STORAGE_IFNAME is missing, like ${exampleOf('STORAGE_IFNAME')}`)
  return {
    storageInterface,
    heartbeatInterface: settings.get('HEARTBEAT_IFNAME') || undefined,
    serviceAddresses: settings.get('SERVICE_ADDRESSES') || undefined,
    replicationInterface: settings.get('REPLICATION_IFNAME') || storageInterface,
  }
}

/** An example line for a setting. */
function exampleOf(name: Name): string {
  return `${name} = "${SETTINGS[name].example}"`
}

function parseLine(line: string, number: number): [Name, string][] {
  const text = line.replace(/^\s*#.*/, '').trim()
  if (text === '') return []
  const match = /^([A-Z_]+)\s*=\s*"([^"]*)"\s*(?:#.*)?$/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined)
    throw new RangeError(`/etc/vhacs.conf, line ${number}: NAME = "value" is expected, got ${excerpt(text)}`)
  const name = parseName(match[1], number)
  const isInterface = name.endsWith('_IFNAME') && match[2] !== ''
  if (isInterface && !INTERFACE.test(match[2]))
    throw new RangeError(
      `/etc/vhacs.conf, line ${number}: ${name}: the name of an interface such as eth1 is expected, got ${excerpt(match[2])}`,
    )
  return [[name, match[2]]]
}

/**
 * The names that the kernel accepts, except those that another tool would take for an option, an address or a pattern. @see
 * ip-link(8)
 */
const INTERFACE = /^[\w][\w.:@+-]{0,126}$/

function parseName(text: string, line: number): Name {
  const known = Object.keys(SETTINGS) as Name[]
  const name = known.find(candidate => candidate === text)
  if (name !== undefined) return name
  const isComparable = text.length <= LONGEST_COMPARED
  const [nearest] = isComparable ? known.toSorted((one, other) => distance(text, one) - distance(text, other)) : []
  const advice =
    nearest !== undefined && distance(text, nearest) <= nearest.length / 3
      ? `did you mean ${nearest}?`
      : `known names are ${known.join(', ')}`
  const shown = isComparable ? text : excerpt(text)
  throw new RangeError(`/etc/vhacs.conf, line ${line}: ${shown} is not a known setting: ${advice}`)
}

/** A longer name is not a misspelling of a known one. */
const LONGEST_COMPARED = 40

/** The Levenshtein distance: the number of letters to insert, delete or replace to turn one text into the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1]
    for (const [column, wanted] of [...other].entries()) {
      const [left = 0, above = 0, corner = 0] = [next[column], row[column + 1], row[column]]
      next.push(Math.min(left + 1, above + 1, corner + (letter === wanted ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
