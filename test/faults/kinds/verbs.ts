import { formatSize } from '../../../cloud/sizes.ts'
import { script } from '../../../system/nodes/script.ts'
import { ending, type Fault, type Injection, type Place, unnoticed } from '../fault.ts'
import { becomes, lab, nameOf, on, tryCommandOn, tryOn, wait } from '../lab.ts'
import { otherSide, type Placed } from '../layout.ts'

/* What breaks while an operator changes a storage. The same command, given again, has to finish or undo what is left. */

/** Something that an operator does, with the verb of `vhacs storage`. */
interface Operation {
  readonly name: string
  /** The arguments of the command, for a storage whose volumes have so many bytes now. */
  readonly command: (storage: Placed, bytes: number) => readonly string[]
  /** What must succeed after it, in order. */
  readonly afterwards: (storage: Placed) => readonly (readonly string[])[]
}

const SNAPSHOT = 'fault'
const GROWTH_BYTES = 8 * 2 ** 20

const BYTES = script`lvs --noheadings --nosuffix --units b -o lv_size "vhacs/$1"`

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'a storage grows',
    command: ({ name }, bytes) => ['--grow', name, '--size', formatSize(bytes + GROWTH_BYTES)],
    afterwards: () => [],
  },
  {
    name: 'a snapshot is taken',
    command: ({ name }) => ['--snapshot', name, SNAPSHOT],
    afterwards: ({ name }) => [['--drop', name, SNAPSHOT, '--yes']],
  },
  {
    name: 'a side gets a new disk',
    command: storage => ['--replace', storage.name, '--from', nameOf(otherSide(storage)), '--yes'],
    afterwards: () => [],
  },
]

/** What happens meanwhile. */
interface Event {
  readonly name: string
  /** The nodes that are reset. */
  readonly resets: (storage: Placed) => readonly number[]
  readonly act: (storage: Placed, caller: number) => Promise<void>
}

const KILL_COMMAND = script`pkill -KILL -f '^vhacs storage --(grow|snapshot|replace)'`
const OFF_SECONDS = 20

async function resetNode(node: number): Promise<void> {
  await lab('kill', node)
  await wait(OFF_SECONDS)
  await lab('boot', node)
}

const EVENTS: readonly Event[] = [
  {
    name: 'the command is killed',
    resets: () => [],
    act: async (_, caller) => {
      await tryOn(caller, KILL_COMMAND)
    },
  },
  {
    name: 'the replication cable is pulled for 30 s',
    resets: () => [],
    act: async storage => {
      const node = otherSide(storage)
      await lab('net', node, 'eth3', 'off')
      await wait(30)
      await lab('net', node, 'eth3', 'on')
    },
  },
  {
    name: 'the other side is reset',
    resets: storage => [otherSide(storage)],
    act: async storage => resetNode(otherSide(storage)),
  },
  {
    name: 'the exporting node is reset',
    resets: ({ exporter }) => [exporter],
    act: async ({ exporter }) => resetNode(exporter),
  },
]

/** Runs apart from the connection, which may end before it. */
const BEGIN = script`
rm -rf /run/fault-verb
mkdir /run/fault-verb
setsid vhacs storage "$@" >/run/fault-verb/said 2>&1 </dev/null &`

const VHACS = script`exec vhacs storage "$@"`

/** How long a storage may take until it can be changed again, beside what the campaign waits for afterwards. */
const AGAIN_SECONDS = 420
/** The commands' steps are over within these. */
const MOMENTS_SECONDS = [2, 6, 12, 20, 30] as const

/** What the command says at last, and that it succeeds at last. */
async function succeeds(caller: number, words: readonly string[]): Promise<void> {
  let said = ''
  const isDone = async () => {
    const { status, stdout, stderr } = await tryCommandOn(caller, VHACS, ...words)
    said = `${stdout}\n${stderr}`.trim()
    return status === 0 || isDoneAlready(said)
  }
  if (!(await becomes(AGAIN_SECONDS, isDone)))
    throw new Error(`"vhacs storage ${words.join(' ')}" does not succeed afterwards: ${said}`)
}

/** The first call may have ended before anything broke. */
const isDoneAlready = (said: string) => /has a snapshot fault already/.test(said)

function during({ name, command, afterwards }: Operation, event: Event): Fault {
  return {
    name: `${name}, and ${event.name}`,
    layer: 'operator',
    inject: place => injection(place, { command, afterwards }, event),
  }
}

function injection(
  { layout, storage, random }: Place,
  { command, afterwards }: Pick<Operation, 'command' | 'afterwards'>,
  event: Event,
): Injection | undefined {
  const resets = event.resets(storage)
  const caller = layout.nodes.find(node => !resets.includes(node))
  if (caller === undefined) return undefined
  const moment = random.oneOf(MOMENTS_SECONDS)
  const where = `${storage.name}, after ${moment} s`
  const act = async () => {
    const words = command(storage, Number((await on(storage.exporter, BYTES, storage.name)).trim()))
    await on(caller, BEGIN, ...words)
    await wait(moment)
    await event.act(storage, caller)
    // a node that was reset does not join by itself
    if (resets.length > 0) await lab('cluster')
    for (const next of [words, ...afterwards(storage)]) await succeeds(caller, next)
  }
  return resets.length === 0 ? unnoticed(where, act) : ending(resets, where, act)
}

export const verbFaults: readonly Fault[] = OPERATIONS.flatMap(operation =>
  EVENTS.map(event => during(operation, event)),
)
