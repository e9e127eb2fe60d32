import { expect, vi } from 'vitest'
import type { Terminal } from '../../../cli/terminal/terminal.ts'
import { vhacs } from '../../../cli/vhacs.ts'
import { parseXml } from '../../../cloud/xml.ts'
import { listNames } from '../../../system/files.ts'
import type { System } from '../../../system/system.ts'
import type { FakeCluster } from '../../fake/cluster/cluster.ts'
import { resourceFiles } from '../../fake/cluster/drbdadm.ts'
import type { FakeNode } from '../../fake/cluster/storage-node.ts'
import { checkOutput } from './output-schema.ts'

/** The visible results of a call of the command. */
export interface Result {
  readonly status: number
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
}

/** A call of the command, and its expected result: `await given(cluster).run('storage --list').succeeds()`. */
export interface Call extends Promise<Result> {
  /** Exit status 0, with nothing on standard error, and these lines on standard output. */
  succeeds(stdout?: unknown): Promise<Result>
  /** Exit status 1, with this one line on standard error. */
  fails(line?: unknown, stdout?: unknown): Promise<Result>
  /** Exit status 2, with this one line on standard error. */
  isRefused(line?: unknown, stdout?: unknown): Promise<Result>
}

/** Where the command is called; of a cluster, on its first node. */
export function given({ system }: { readonly system: System }) {
  return { run: (line: string, terminal?: Partial<Terminal>) => run(system, line, terminal) }
}

/** Calls the command as an operator does; each argument is one of these words. */
export function run(system: System, line: string, terminal: Partial<Terminal> = {}): Call {
  return runWords(system, line.split(' ').filter(Boolean), terminal)
}

/** The same, where arguments hold spaces. */
export function runWords(system: System, words: readonly string[], terminal: Partial<Terminal> = {}): Call {
  const result = call(system, words, terminal)
  const ends = async (status: number, stderr: unknown, stdout: unknown) => {
    const found = await result
    expect(found).toEqual({ status, stdout: stdout ?? expect.anything(), stderr: stderr ?? expect.anything() })
    return found
  }
  return Object.assign(result, {
    succeeds: (stdout?: unknown) => ends(0, [], stdout),
    fails: (line?: unknown, stdout?: unknown) => ends(1, only(line), stdout),
    isRefused: (line?: unknown, stdout?: unknown) => ends(2, only(line), stdout),
  })
}

/** One line: this text, or one that matches. */
function only(line: unknown): unknown {
  return line === undefined ? undefined : [line instanceof RegExp ? expect.stringMatching(line) : line]
}

async function call(system: System, words: readonly string[], terminal: Partial<Terminal>): Promise<Result> {
  // the bundler puts it in
  vi.stubGlobal('VHACS_VERSION', '1.2.3')
  const stdout: string[] = []
  const stderr: string[] = []
  // each call is a separate process, without the connections of another
  const own: System = { ...system }
  const status = await vhacs(words, own, {
    print: text => stdout.push(...text.split('\n')),
    printError: text => stderr.push(...text.split('\n')),
    hasColour: false,
    readInput: async () => '',
    interruption: new AbortController().signal,
    ...terminal,
  })
  if (words.includes('--json') && stdout.length > 0) checkOutput(stdout.join('\n'))
  return { status, stdout, stderr }
}

/** All parts of clouds in a cluster, for a comparison before and after. */
export function contentOf({ cib, nodes }: FakeCluster) {
  return {
    // without the epoch, which every change raises
    cib: parseXml(cib).children,
    nodes: nodes.map(node => ({
      name: node.name,
      volumes: [...node.volumes],
      resourceFiles: resourceFiles(node),
      drbd: [...node.drbd],
      secrets: secretsOf(node),
    })),
  }
}

/** The files in which vhacs keeps CHAP secrets, drafts among them: path, mode and text. */
export function secretsOf({ system }: FakeNode): string[] {
  const directory = '/etc/vhacs/chap'
  return listNames(system, directory).map(name => {
    const path = `${directory}/${name}`
    return `${path} ${system.stat(path).permissions.toString(8)} ${system.read(path).trim()}`
  })
}
