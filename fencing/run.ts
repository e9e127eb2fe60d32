import { errorText } from '../system/error-text.ts'
import { FENCE_AGENT } from '../system/pacemaker/fencing/sbd.ts'
import type { System } from '../system/system.ts'
import { visibleText } from '../system/visible-text.ts'
import { maintainClaims, release } from './claims.ts'
import { METADATA } from './metadata.ts'
import { type Look, obsolescence } from './obsolescence.ts'
import { type FenceCall, parseCall } from './options.ts'
import { checkDisks, slots } from './sbd.ts'
import { awaitReset, awaitTurn, type Contest, enterContest, fenceByMessage } from './turn.ts'

export interface FencingInvocation {
  readonly system: System
  readonly args: readonly string[]
  readonly readInput: () => Promise<string>
  readonly writeOutput: (text: string) => void
  readonly writeError: (text: string) => void
  /** Ends the look at the node that is to be fenced. */
  readonly signal: AbortSignal
  /** Ends the wait for a turn: late enough after the look that a node that has its turn was reset by the other one before it is over here. */
  readonly patience: AbortSignal
}

/** Runs one action; returns the exit status: 0 for success, such as a node that is surely fenced, else 1 and a line on stderr. */
export async function runFencing(invocation: FencingInvocation): Promise<number> {
  const { args, readInput, writeError } = invocation
  const say = (text: string) => writeError(`${FENCE_AGENT}: ${visibleText(text)}\n`)
  try {
    const call = parseCall(args, args.length > 0 ? '' : await readInput())
    const problem = await act(invocation, call, say)
    if (problem === undefined) return 0
    say(problem)
  } catch (error) {
    say(errorText(error))
  }
  return 1
}

/** Why the action failed; undefined when it succeeded. */
async function act(
  { system, writeOutput, signal, patience }: FencingInvocation,
  { action, node, disks }: FenceCall,
  say: (text: string) => void,
): Promise<string | undefined> {
  if (action === 'metadata') {
    writeOutput(METADATA)
    return undefined
  }
  if (disks.length === 0) return 'devices is not set: set it to the disks in SBD_DEVICE of /etc/default/sbd'
  switch (action) {
    case 'status':
    case 'validate-all':
      return checkDisks(system, disks)
    case 'monitor':
      return (await checkDisks(system, disks)) ?? (await maintainClaims(system, disks, { signal, say }))
    case 'list':
      writeOutput((await slots(system, disks)).map(name => `${name},\n`).join(''))
      return undefined
    case 'off':
    case 'reboot':
      if (node === undefined) return 'no node is given: Pacemaker sets plug to its name'
      return fence(system, { action, node, disks }, { look: { signal, say }, wait: { signal: patience, say } })
    default:
      return `the action "${action}" is not supported`
  }
}

async function fence(
  system: System,
  {
    action,
    node,
    disks,
  }: { readonly action: 'off' | 'reboot'; readonly node: string; readonly disks: readonly string[] },
  { look, wait }: { readonly look: Look; readonly wait: Look },
): Promise<string | undefined> {
  // a turn that is taken early is not lost while Pacemaker answers
  const entered = enterContest(system, disks, node)
  const early = takeTurn(system, entered, wait)
  let why = await obsolescence(system, node, look)
  const contest = await entered
  if (why === undefined) {
    const hasWaited = contest.hasClaim ? await early.turn : await awaitTurn(system, contest, wait)
    if (hasWaited && !look.signal.aborted) why = await obsolescence(system, node, look)
  }
  // the look at the other node took time since
  if (why === undefined && (await awaitReset(system, contest, wait)) && !look.signal.aborted)
    why = await obsolescence(system, node, look)
  if (why !== undefined) {
    await early.giveUp()
    if (contest.hasClaim) await release(system, disks, [contest.own])
    return why
  }
  await fenceByMessage(system, contest, action === 'off' ? 'off' : 'reset')
  return undefined
}

interface EarlyTurn {
  /** Whether it had to be waited for. */
  readonly turn: Promise<boolean>
  readonly giveUp: () => Promise<void>
}

/** Takes this node's turn while something else is awaited; without a claim nobody would respect that. */
function takeTurn(system: System, entered: Promise<Contest>, { signal, say }: Look): EarlyTurn {
  const ending = new AbortController()
  const look = {
    signal: AbortSignal.any([signal, ending.signal]),
    say: (text: string) => {
      if (!ending.signal.aborted) say(text)
    },
  }
  const turn = entered.then(contest => contest.hasClaim && awaitTurn(system, contest, look))
  const giveUp = async () => {
    ending.abort()
    await turn
  }
  return { turn, giveUp }
}
