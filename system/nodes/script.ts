import type { StreamOptions, TerminalOptions } from '../file-status.ts'
import type { Finished, System } from '../system.ts'
import { type RemoteOptions, readable, runAtTerminalOn, runOn, streamOn } from './ssh.ts'

declare const constant: unique symbol

/** A shell script with a constant text: values from clusters, nodes and operators are its arguments, never part of the text. */
export type Script = string & { readonly [constant]: true }

/** Makes a script. Only for constants of modules, which are composed before anything has been read. */
export function script(texts: TemplateStringsArray, ...constants: readonly string[]): Script {
  return String.raw({ raw: texts }, ...constants) as Script
}

/**
 * Runs a script on a node of the cluster as root; `$@` are the values.
 * @throws ToolFailed, naming the node, for an exit status other than 0 or those in `accepted`.
 */
export async function runScriptOn(
  system: System,
  node: string,
  { text, values, ...options }: { readonly text: Script; readonly values: readonly string[] } & RemoteOptions,
): Promise<Finished> {
  return runOn(system, node, ['sh', '-s', '--', ...values], { ...options, input: text })
}

/**
 * Runs a script likewise, whose input is its own.
 * @throws ToolFailed
 */
export async function runScriptWithInputOn(
  system: System,
  node: string,
  { text, values, ...options }: { readonly text: Script; readonly values: readonly string[] } & RemoteOptions,
): Promise<Finished> {
  return runOn(system, node, ['sh', '-c', text, 'sh', ...values], options)
}

/**
 * Runs a script likewise, with the operator's terminal as its own. Returns its exit status.
 * @throws ToolFailed, naming the node, where that is unreachable.
 */
export function runScriptAtTerminalOn(
  system: System,
  node: string,
  { text, values, ...options }: { readonly text: Script; readonly values: readonly string[] } & TerminalOptions,
): Promise<number> {
  const shown = ['sh', '-s', '--', ...values].map(readable).join(' ')
  return runAtTerminalOn(system, node, ['sh', '-c', text, 'sh', ...values], { ...options, shown })
}

/**
 * Runs a script likewise, between two streams: its input is its own. Yields the bytes that it prints, as they come.
 * @throws ToolFailed at its end, naming the node, for an exit status other than 0; the error of the input.
 */
export function streamScriptOn(
  system: System,
  node: string,
  { text, values, ...options }: { readonly text: Script; readonly values: readonly string[] } & StreamOptions,
): AsyncGenerator<Uint8Array, void> {
  const shown = ['sh', '-s', '--', ...values].map(readable).join(' ')
  return streamOn(system, node, ['sh', '-c', text, 'sh', ...values], { ...options, shown })
}
