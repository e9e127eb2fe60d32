import { type Finished, ToolFailed } from '../system.ts'

/** The maximum length of an error about an answer, which may quote all of it. */
const LONGEST = 1000

/** A node printed something other than the command's output. It is not used, and counts as no answer. */
export class UnexpectedAnswer extends ToolFailed {
  constructor(finished: Finished, what: string) {
    super(finished)
    // its arguments would fill a screen; for `cat FILE`, the text already names the file
    const [node, tool] = finished.command.split(' ')
    const brief = what.length <= LONGEST ? what : `${what.slice(0, LONGEST)}…`
    this.message = [node, ...(tool === 'cat' ? [] : [`${tool}:`]), brief].join(' ')
    this.name = 'UnexpectedAnswer'
  }
}

/**
 * The result of `parse` for the output of a command that ran on a node. `parse` throws a RangeError that says what is wrong.
 * @throws UnexpectedAnswer that names node, tool and what is wrong.
 */
export function parseAnswer<T>(finished: Finished, parse: (text: string) => T): T {
  try {
    return parse(finished.stdout)
  } catch (error) {
    if (error instanceof RangeError) throw new UnexpectedAnswer(finished, error.message)
    throw error
  }
}

/** An excerpt of an answer for a message: its first non-empty line, shortened. */
export function excerpt(text: string): string {
  const line = /\S.{0,59}/.exec(text)?.[0] ?? ''
  return JSON.stringify(line.trimEnd())
}
