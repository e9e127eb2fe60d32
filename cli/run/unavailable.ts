import { Missing, ToolFailed } from '../../system/system.ts'
import { messageOf } from './steps.ts'

/** Why a node or a tool could not answer. Rethrows any other error. */
export function whyUnavailable(error: unknown): string {
  if (error instanceof ToolFailed || error instanceof Missing) return messageOf(error)
  throw error
}

/** The answer; undefined if a node or a tool could not give it. Rethrows any other error. */
export async function ifAvailable<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    whyUnavailable(error)
    return undefined
  }
}
