import { runToSuccess, type System, type Tool } from '../../../system/system.ts'

const du: Tool = { name: 'du', package: 'coreutils' }

/** A tree of millions of files takes a while. */
const SECONDS = 600

/** How much room a file or directory of this node takes, in bytes. @throws ToolFailed */
export async function diskUse(system: System, path: string, options: readonly string[]): Promise<number> {
  const args = ['--summarize', '--block-size=1', ...options, '--', path]
  const { stdout } = await runToSuccess(system, du, args, { looks: true, timeoutSeconds: SECONDS })
  const bytes = Number(/^(\d{1,16})\s/.exec(stdout)?.[1] ?? 0)
  return bytes
}
