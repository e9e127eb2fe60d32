import { createLog, type WriteLine } from '../ocf/log.ts'
import { errorText } from '../system/error-text.ts'
import { exists } from '../system/files.ts'
import { hostName } from '../system/host-name.ts'
import type { System } from '../system/system.ts'
import { type Answer, answers } from './answer.ts'
import type { Call } from './call.ts'
import { type Environment, occasionIn } from './environment.ts'
import { fencePeer } from './fence-peer.ts'
import type { HandlerName } from './names.ts'
import { unfencePeer } from './unfence-peer.ts'

export interface HandlerInvocation {
  readonly system: System
  readonly environment: Environment
  /** Receives each line of the log, in addition to the kernel log. */
  readonly writeError: WriteLine
}

/** Runs a handler, and returns its exit status. Only the handler's own answers have exit statuses that DRBD interprets as such. */
export async function runHandler(name: HandlerName, invocation: HandlerInvocation): Promise<number> {
  const { system, environment, writeError } = invocation
  const kernelLog = openKernelLog(system)
  const log = createLog(name, { OCF_RESOURCE_INSTANCE: environment.DRBD_RESOURCE }, line => {
    writeError(line)
    kernelLog.write(line)
  })
  try {
    const call = { system, log, occasion: occasionIn(environment), caller: callerOn(system) }
    return await (name === 'fence-peer' ? fence(call) : unfence(call))
  } catch (error) {
    log.warn(`exit ${answers.unknown}: ${errorText(error)}`)
    return answers.unknown
  } finally {
    await log.flush()
    await kernelLog.flush()
  }
}

function callerOn(system: System): Call['caller'] {
  return { node: hostName(system), call: `${system.now().toString(36)}-${process.pid}` }
}

async function fence(call: Call): Promise<number> {
  const { log, occasion } = call
  log.info(`DRBD has lost ${occasion.peers.join(' and ') || 'a peer'}`)
  const { code, why, isMoot } = await fencePeer(call)
  const line = `answer ${code} (${isMoot ? 'none is needed' : MEANINGS[code]}): ${why}`
  if (!isMoot && (code === answers.unknown || code === answers.peerPrimary)) log.warn(line)
  else log.info(line)
  return code
}

const MEANINGS: Readonly<Record<Answer['code'], string>> = {
  [answers.unknown]: 'unknown: I/O stays suspended, a promotion fails',
  [answers.peerInconsistent]: 'peer inconsistent',
  [answers.peerOutdated]: 'peer outdated',
  [answers.peerDown]: 'peer down',
  [answers.peerPrimary]: 'peer primary: the data here become Outdated',
  [answers.peerFenced]: 'peer fenced',
}

async function unfence(call: Call): Promise<number> {
  const why = await unfencePeer(call)
  if (why === undefined) return 0
  call.log.warn(why)
  return 1
}

/** Facility daemon, level notice (kmsg, syslog(3)): without them, systemd would attribute the line to the kernel. */
const PRIORITY = '<29>'

/** The kernel truncates longer lines. */
const LONGEST_BYTES = 900

/** The kernel log, which contains DRBD's own messages and needs no daemon. Nobody sees a handler's stderr. */
function openKernelLog(system: System) {
  const path = '/dev/kmsg'
  let written = Promise.resolve()
  const add = async (line: string) => {
    try {
      if (exists(system, path)) await system.write(path, PRIORITY + line.trimEnd().slice(0, LONGEST_BYTES))
    } catch {
      // stderr has the line, and there is no other place to report it
    }
  }
  return {
    write: (line: string) => {
      written = written.then(() => add(line))
    },
    flush: () => written,
  }
}
