import { basename } from 'node:path'
import { agentNamed, agentNames } from './agents/by-name.ts'
import { handlerNames } from './handlers/names.ts'
import type { Agent } from './ocf/agent.ts'
import { exit } from './ocf/exit.ts'
import { runAgent } from './ocf/runtime/run.ts'
import { isSupervised, type SupervisedChild } from './ocf/runtime/supervision.ts'
import { writeError } from './system/host/broken-pipe.ts'
import { hostSystem } from './system/host/host.ts'
import { writeOut } from './system/host/output.ts'
import { isOrphan, processStartMilliseconds, supervisingParent } from './system/host/parent-process.ts'
import type { System } from './system/system.ts'
import { visibleText } from './system/visible-text.ts'

const COMMAND = 'vhacs'
/** That of ALERT_NAME in system/pacemaker/, of which nothing is loaded here. */
const ALERT = 'vhacs-alert'
/** That of FENCE_AGENT there. */
const FENCING = 'fence_vhacs_sbd'

/*
 * One executable with many names: the name by which it is called selects the program. argv0 is that name; execPath is not, because
 * links are resolved in it.
 */
async function main(): Promise<void> {
  // whatever the caller's mask is: what this makes, and its tools make, is written by its owner alone
  process.umask(process.umask(0o077) | 0o022)
  const name = basename(process.argv0)
  const agent = agentNamed(name)
  if (agent !== undefined) return runAsAgent(agent)
  if (name === COMMAND) return (await import('./cli/main.ts')).runAsCommand()
  if (name === ALERT) return (await import('./alert/main.ts')).runAsAlert()
  if (name === FENCING) return (await import('./fencing/main.ts')).runAsFenceAgent()
  const handler = handlerNames.find(candidate => candidate === name)
  if (handler !== undefined) return (await import('./handlers/main.ts')).runAsHandler(handler)
  const names = [...agentNames, ...handlerNames, ALERT, FENCING].join(', ')
  const called = visibleText(JSON.stringify(name))
  writeOut(2, `ocf-exit-reason:${called} is not a program of VHACS: call it as vhacs or ${names}\n`)
  // from a fence-peer handler, DRBD would take 5 to mean that the peer is down
  process.exitCode = process.env.DRBD_RESOURCE === undefined ? exit.notInstalled : exit.genericError
}

async function runAsAgent(agent: Agent): Promise<void> {
  // an agent would block itself in a directory that it unmounts
  process.chdir('/')
  // ocf-tester sets this to simulate that every tool is missing
  const withoutTools = process.env.OCF_TESTER_FAIL_HAVE_BINARY === '1'
  if (isOrphan(process.env)) {
    writeOut(2, 'ocf-exit-reason:the agent that started this process for an action has ended\n')
    process.exitCode = exit.genericError
    return
  }
  const parent = supervisingParent(process.env)
  parent?.onGone(() => process.exit(exit.genericError))
  const system = hostSystem({ withoutTools })
  const action = process.argv[2]
  const mayHang = isSupervised(agent, action, process.env)
  const outcome = await runAgent(agent, {
    action,
    environment: process.env,
    begun: parent?.begun ?? processStartMilliseconds(),
    system,
    writeOutput: text => writeOut(1, text),
    // a reader that does not read must not keep a supervised action from its deadline
    writeError: mayHang ? writeError : text => writeOut(2, text),
    ...(parent ? { onStep: step => parent.report({ step }) } : { startChild: () => startAgain(agent, system) }),
  })
  process.exitCode = outcome.code
  parent?.report({ exit: outcome.code })
  // a hang in the kernel would keep this process running, and Pacemaker would wait for it; without one, all is written and taking
  // Node.js down in order is work for nothing
  if (outcome.abandoned || !mayHang) process.exit()
}

async function startAgain(agent: Agent, system: System): Promise<SupervisedChild> {
  const { startChild } = await import('./system/host/child-process.ts')
  return startChild(agent.name, process.argv.slice(2), { environment: process.env, writeError, system })
}

main().catch((error: unknown) => {
  const words = visibleText(error instanceof Error ? error.message : String(error))
  writeOut(2, `${basename(process.argv0) === COMMAND ? 'vhacs: ' : 'ocf-exit-reason:'}${words}\n`)
  process.exitCode = exit.genericError
})
