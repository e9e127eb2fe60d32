import { parseNodeName } from '../cloud/names.ts'
import { valueText } from '../cloud/problem.ts'

/** What a fencing agent is called for. */
export interface FenceCall {
  readonly action: string
  /** Undefined for what concerns the device. */
  readonly node: string | undefined
  /** Paths of sbd's disks. */
  readonly disks: readonly string[]
}

/** More than this is not from Pacemaker. */
const MOST_DISKS = 3

/**
 * The call in the lines `name=value` on stdin, or in the arguments, of which only `-o ACTION` is used: people ask so for the meta-data.
 * Pacemaker passes all parameters of the device, of which some are its own.
 * @see FenceAgentAPI.md of the fence-agents
 * @throws RangeError for what is missing or malformed.
 */
export function parseCall(args: readonly string[], input: string): FenceCall {
  const options = args.length > 0 ? optionsIn(args) : new Map(input.split('\n').flatMap(pairIn))
  const action = options.get('action') ?? 'reboot'
  const node = options.get('plug') ?? options.get('port') ?? options.get('nodename')
  return {
    action,
    node: node === undefined ? undefined : nodeIn(node),
    disks: disksIn(options.get('devices') ?? ''),
  }
}

function optionsIn(args: readonly string[]): Map<string, string> {
  const [option, value] = args
  if (args.length === 2 && (option === '-o' || option === '--action') && value) return new Map([['action', value]])
  throw new RangeError(
    'parameters are read from stdin, a line "name=value" for each; as arguments, only -o ACTION is read',
  )
}

function pairIn(line: string): [string, string][] {
  const text = line.trim()
  const equals = text.indexOf('=')
  return equals < 1 || text.startsWith('#') ? [] : [[text.slice(0, equals).trim(), text.slice(equals + 1).trim()]]
}

function nodeIn(text: string): string {
  try {
    parseNodeName(text)
    return text
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new RangeError(`the node to be fenced is ${valueText(text)}: ${error.message}`)
  }
}

function disksIn(text: string): string[] {
  const disks = text
    .split(',')
    .map(disk => disk.trim())
    .filter(disk => disk !== '')
  const wrong = disks.find(disk => !/^\/[\x21-\x7e]{1,4000}$/.test(disk))
  if (wrong !== undefined) throw new RangeError(`devices has ${valueText(wrong)}: the path of a disk is expected`)
  if (disks.length > MOST_DISKS)
    throw new RangeError(`devices has ${disks.length} disks: sbd uses at most ${MOST_DISKS}`)
  return disks
}
