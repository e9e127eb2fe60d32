import { hostName } from '../../../system/host-name.ts'
import { runOn } from '../../../system/nodes/ssh.ts'
import { type System, ToolFailed } from '../../../system/system.ts'
import { messageOf } from '../../run/steps.ts'
import type { ArchiveFile } from './archive.ts'

/** What vhacs itself says of the cluster, by the name of the file. */
export const OWN_COMMANDS = [
  ['check.txt', ['cluster', '--check']],
  ['history.txt', ['cluster', '--history']],
  ['storages.txt', ['storage', '--list']],
  ['info.txt', ['storage', '--info', 'ALL']],
  ['vservers.txt', ['vserver', '--listbig']],
] as const

/** For all of them together. */
const SECONDS = 300

const MAX_BYTES = 4 * 2 ** 20

/** An output, and why it is missing or incomplete. */
export interface OwnOutput extends ArchiveFile {
  readonly remark?: string
}

/**
 * The outputs of OWN_COMMANDS. Each runs as a command of its own on this node: one that fails, hangs or prints without end costs no
 * more than its output.
 */
export async function ownOutput(system: System): Promise<OwnOutput[]> {
  const end = system.now() + SECONDS * 1000
  const outputs: OwnOutput[] = []
  for (const [path, words] of OWN_COMMANDS) outputs.push(await outputOf(system, path, words, end))
  return outputs
}

/** Statuses of vhacs that come with an output: --check fails for what it finds. */
const ACCEPTED = [0, 1, 2]

async function outputOf(system: System, path: string, words: readonly string[], end: number): Promise<OwnOutput> {
  const timeoutSeconds = (end - system.now()) / 1000
  if (timeoutSeconds <= 0) return { path, text: '', remark: 'left out, for lack of time' }
  try {
    const options = { looks: true, accepted: ACCEPTED, timeoutSeconds, maxBytes: MAX_BYTES } as const
    const { stdout, stderr, status } = await runOn(system, hostName(system), ['vhacs', ...words], options)
    const text = `# vhacs ${words.join(' ')} (exit status ${status})\n${stdout}${stderr}`
    return { path, text }
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error
    return { path, text: error.finished.stdout, remark: messageOf(error) }
  }
}
