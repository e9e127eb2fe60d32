import { nspawnContainer } from '../agents/nspawn-container/index.ts'
import type { VserverParameter, VserverParameters } from './cloud.ts'

/**
 * The parameters of a vserver, as the agent accepts them; undefined is left to the agent. `labels` are the operator's words for them.
 * @throws RangeError that names the label, and shows the expected form.
 */
export function parseVserverParameters(
  texts: Readonly<Partial<Record<VserverParameter, string | undefined>>>,
  labels: Readonly<Partial<Record<VserverParameter, string>>>,
): VserverParameters {
  const names = Object.keys(texts) as VserverParameter[]
  const given = names.flatMap(name => {
    const text = texts[name]
    if (text === undefined) return []
    try {
      nspawnContainer.parameters[name].parse(text)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new RangeError(`${labels[name] ?? name}: ${error.message}, got ${JSON.stringify(text)}`, { cause: error })
    }
    return [[name, text] as const]
  })
  return Object.fromEntries(given)
}
