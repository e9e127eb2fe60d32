import { type NetworkLink, networkLinks } from '../../../system/nodes/addresses.ts'
import { parseJson } from '../../../system/nodes/json.ts'

/**
 * The interface of that name in the section `links`; undefined when there is none.
 * @throws RangeError for a text that is not that of `ip -json address`.
 */
export function networkLink(json: string | undefined, name: string): NetworkLink | undefined {
  try {
    return networkLinks(parseJson(json ?? '')).find(link => link.name === name)
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`ip -json address: ${error.message}`, { cause: error })
    throw error
  }
}
