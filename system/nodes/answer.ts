import { type Finished, ToolFailed } from '../system.ts'

/** Of what is wrong with an answer, which may contain all of it. */
const LONGEST = 1000

/** What a node printed is not what the command prints there: it is not used, and counts as no answer. */
export class UnexpectedAnswer extends ToolFailed {
  constructor(finished: Finished, what: string) {
    super(finished)
    // its arguments fill a screen; of a file that cat has shown, the text says enough itself
    const [node, tool] = finished.command.split(' ')
    const brief = what.length <= LONGEST ? what : `${what.slice(0, LONGEST)}…`
    this.message = [node, ...(tool === 'cat' ? [] : [`${tool}:`]), brief].join(' ')
    this.name = 'UnexpectedAnswer'
  }
}

/**
 * What `parse` makes of the output of a command that ran on a node. It throws a RangeError that says what is wrong.
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

/** A part of an answer as a message shows it: its first line that is not empty, and not too long. */
export function excerpt(text: string): string {
  const line = /\S.{0,59}/.exec(text)?.[0] ?? ''
  return JSON.stringify(line.trimEnd())
}
