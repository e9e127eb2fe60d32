import { hash } from 'node:crypto'

/** So many answers of the scheduler take some ten megabytes. */
const MOST = 500

/** The same function, which a repeated question costs no process: Pacemaker's tools answer the same from the same file. */
export function remembered<Question extends readonly unknown[], Answer>(
  act: (...question: Question) => Answer,
  most = MOST,
): (...question: Question) => Answer {
  const answers = new Map<string, { readonly answer: Answer }>()
  let last: { readonly question: Question; readonly answer: Answer } | undefined
  const find = (question: Question): Answer => {
    const key = hash('sha256', JSON.stringify(question))
    const known = answers.get(key)
    if (known) return known.answer
    if (answers.size >= most) answers.clear()
    const answer = act(...question)
    answers.set(key, { answer })
    return answer
  }
  return (...question) => {
    // a wait asks the same a hundred times; what may have changed since is looked up
    if (last && isSame(last.question, question)) return last.answer
    const answer = find(question)
    last = { question, answer }
    return answer
  }
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((part, index) => typeof part !== 'object' && part === other[index])
}
