import { type System, ToolFailed } from '../../system.ts'
import { runOn } from '../ssh.ts'

/** What ssh says when a host has answered, but not let it in. */
const HAS_ANSWERED = /Permission denied|Host key verification failed|Connection (refused|closed|reset)|kex_exchange/

/** Why a node is not off: it, or a host with its name, answers at its port for ssh. Undefined if nothing answers. */
export async function signOfLife(system: System, node: string): Promise<string | undefined> {
  try {
    await runOn(system, node, ['true'], { looks: true })
    return 'it answers over ssh'
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    return HAS_ANSWERED.test(error.finished.stderr) ? 'something answers at its address' : undefined
  }
}
