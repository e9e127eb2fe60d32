import { Missing, ToolFailed } from '../../system/system.ts'
import { messageOf } from './steps.ts'

/** Why a node or a tool could not answer. @throws any other error as it is. */
export function whyUnavailable(error: unknown): string {
  if (error instanceof ToolFailed || error instanceof Missing) return messageOf(error)
  throw error
}

/** The answer, or undefined where a node or a tool could not give it. @throws any other error. */
export async function ifAvailable<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    whyUnavailable(error)
    return undefined
  }
}
