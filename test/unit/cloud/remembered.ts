import { hash } from 'node:crypto'

/** So many answers of the scheduler take some ten megabytes. */
const MOST = 500

/** The same function, which a repeated question costs no process: Pacemaker's tools answer the same from the same file. */
export function remembered<Question extends readonly unknown[], Answer>(
  act: (...question: Question) => Answer,
): (...question: Question) => Answer {
  const answers = new Map<string, { readonly answer: Answer }>()
  return (...question) => {
    const key = hash('sha256', JSON.stringify(question))
    const known = answers.get(key)
    if (known) return known.answer
    if (answers.size >= MOST) answers.clear()
    const answer = act(...question)
    answers.set(key, { answer })
    return answer
  }
}
