import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { root } from '../../build/root.ts'
import { quoteForShell } from '../../system/nodes/connection.ts'
import type { Script } from '../../system/nodes/script.ts'

/* The lab as the campaign uses it: its verbs, and scripts on its nodes, which are known by their numbers. */

export const LAB = join(root, 'test/lab/lab')

/** Far more than any look takes on a node that lives. */
const LOOK_SECONDS = 120
/** What an operator calls waits for the cluster, or for a resync. */
const COMMAND_SECONDS = 900
const VERB_SECONDS = 900
/** For what runs on a node as long as a fault takes. */
export const UNBOUNDED = within(86_400)

/** The lab ends the connection itself: nothing is left that holds this program's pipes. */
function within(seconds: number): Readonly<Record<string, string>> {
  return { LAB_SSH_TIMEOUT: String(seconds) }
}

export const nameOf = (node: number): string => `node${node}`

/** The number of a node. @throws RangeError for the name of no node of the lab. */
export function numberOf(name: string): number {
  const [, number] = /^node([1-3])$/.exec(name) ?? []
  if (number === undefined) throw new RangeError(`${JSON.stringify(name)} is no node of the lab`)
  return Number(number)
}

/** What a verb of the lab prints. @throws ExecaError, which shows what it said, if it fails. */
export async function lab(...words: readonly (string | number)[]): Promise<string> {
  const { stdout } = await execa(LAB, words.map(String), { timeout: VERB_SECONDS * 1000, stdin: 'ignore' })
  return stdout
}

export interface Answer {
  /** 255 if ssh failed, 124 if it took too long. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

async function run(node: number, seconds: number, text: Script, values: readonly string[]): Promise<Answer> {
  const words = ['bash', '-s', '--', ...values].map(quoteForShell)
  const options = { env: within(seconds), input: text, reject: false } as const
  const { exitCode = 255, stdout, stderr } = await execa(LAB, ['ssh', String(node), ...words], options)
  return { status: exitCode, stdout, stderr }
}

/** Runs a script on a node; `$@` are the values. */
export async function tryOn(node: number, text: Script, ...values: readonly string[]): Promise<Answer> {
  return run(node, LOOK_SECONDS, text, values)
}

/** Likewise, what an operator would wait for. */
export async function tryCommandOn(node: number, text: Script, ...values: readonly string[]): Promise<Answer> {
  return run(node, COMMAND_SECONDS, text, values)
}

/** What a script prints on a node; `$@` are the values. @throws Error for a status other than 0. */
export async function on(node: number, text: Script, ...values: readonly string[]): Promise<string> {
  return printed(node, text, await tryOn(node, text, ...values))
}

/** Likewise, what an operator would wait for. @throws Error for a status other than 0. */
export async function commandOn(node: number, text: Script, ...values: readonly string[]): Promise<string> {
  return printed(node, text, await tryCommandOn(node, text, ...values))
}

function printed(node: number, text: Script, { status, stdout, stderr }: Answer): string {
  if (status !== 0)
    throw new Error(`${nameOf(node)}: a script failed with status ${status}: ${stderr || stdout}\n${text}`)
  return stdout
}

/** Whether something becomes true within so many seconds; a node that does not answer makes it false for now. */
export async function becomes(seconds: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    if (await isSo().catch(() => false)) return true
    if (performance.now() > end) return false
    await sleep(2000)
  }
}

export const wait = async (seconds: number): Promise<void> => sleep(seconds * 1000)
