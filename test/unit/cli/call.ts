import { vi } from 'vitest'
import type { Terminal } from '../../../cli/terminal/terminal.ts'
import { vhacs } from '../../../cli/vhacs.ts'
import { parseXml } from '../../../cloud/xml.ts'
import type { System } from '../../../system/system.ts'
import type { FakeCluster } from '../../fake/cluster/cluster.ts'
import { resourceFiles } from '../../fake/cluster/drbdadm.ts'

/** How a call of the command looked from outside. */
export interface Result {
  readonly status: number
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
}

/** Calls the command as an operator does; each argument is one of these words. */
export async function run(system: System, line: string, terminal: Partial<Terminal> = {}): Promise<Result> {
  return runWords(system, line.split(' ').filter(Boolean), terminal)
}

/** The same, where arguments hold spaces. */
export async function runWords(
  system: System,
  words: readonly string[],
  terminal: Partial<Terminal> = {},
): Promise<Result> {
  // the bundler puts it in
  vi.stubGlobal('VHACS_VERSION', '1.2.3')
  const stdout: string[] = []
  const stderr: string[] = []
  // each call is a process of its own, which knows nothing of the connections of another
  const own: System = { ...system }
  const status = await vhacs(words, own, {
    print: text => stdout.push(...text.split('\n')),
    printError: text => stderr.push(...text.split('\n')),
    hasColour: false,
    readInput: async () => '',
    interruption: new AbortController().signal,
    ...terminal,
  })
  return { status, stdout, stderr }
}

/** All that a cluster holds of clouds: to compare before and after. */
export function contentOf({ cib, nodes }: FakeCluster) {
  return {
    // without the epoch, which every change raises
    cib: parseXml(cib).children,
    nodes: nodes.map(node => ({
      name: node.name,
      volumes: [...node.volumes],
      resourceFiles: resourceFiles(node),
      drbd: [...node.drbd],
    })),
  }
}
