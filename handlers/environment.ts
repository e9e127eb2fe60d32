import { parseNodeName } from '../cloud/names.ts'
import { valueText } from '../cloud/problem.ts'

/** The environment of a call, by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The event for which DRBD calls a handler. */
export interface Occasion {
  /** The name of the DRBD resource. */
  readonly resource: string
  /** The names of the lost nodes; empty when DRBD does not pass them. */
  readonly peers: readonly string[]
  /** The minors of the resource on this node; empty when DRBD does not pass them. */
  readonly minors: readonly number[]
}

/** Names that are valid in an id of the CIB and in an XPath expression. */
const RESOURCE = /^[A-Za-z0-9_][\w.-]{0,127}$/

/**
 * Parses the environment that drbdadm sets. DRBD 8.4 passes the peer's name; DRBD 9 passes its number, and the name for each
 * number.
 * @throws RangeError for what is missing or malformed.
 * @see drbd.conf(5) of 8.4 and 9, "handlers"
 */
export function occasionIn(environment: Environment): Occasion {
  const { DRBD_RESOURCE: resource = '' } = environment
  if (!RESOURCE.test(resource))
    throw new RangeError(`DRBD_RESOURCE is ${valueText(resource)}: the name of a DRBD resource is expected`)
  return { resource, peers: peersIn(environment), minors: minorsIn(environment) }
}

function peersIn(environment: Environment): string[] {
  const { DRBD_PEER_NODE_ID: id, DRBD_PEERS: peers, DRBD_PEER: peer = '' } = environment
  const named = id === undefined ? wordsIn(peers ?? peer) : [byNumber(environment, id)]
  for (const name of named) checkNode(name)
  return [...new Set(named)]
}

function byNumber(environment: Environment, id: string): string {
  const variable = `DRBD_NODE_ID_${id}`
  const name = /^\d{1,2}$/.test(id) ? environment[variable] : undefined
  if (name === undefined) throw new RangeError(`DRBD_PEER_NODE_ID is ${valueText(id)}: no node has that number`)
  return name
}

function checkNode(name: string): void {
  try {
    parseNodeName(name)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RangeError(`the peer is ${valueText(name)}: ${error.message}`)
  }
}

/** One number, or several in one variable, or one variable for each volume. */
function minorsIn(environment: Environment): number[] {
  const texts = Object.entries(environment).flatMap(([name, value]) =>
    /^DRBD_MINOR(_\d+)?$/.test(name) ? wordsIn(value) : [],
  )
  const wrong = texts.find(text => !/^\d{1,7}$/.test(text))
  if (wrong !== undefined) throw new RangeError(`DRBD_MINOR is ${valueText(wrong)}: a minor number is expected`)
  return [...new Set(texts.map(Number))]
}

function wordsIn(text = ''): string[] {
  return text.split(/\s+/).filter(word => word !== '')
}
