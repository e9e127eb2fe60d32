import { descendants, parseXml } from '../xml.ts'

/** The node that coordinates the cluster (the DC), in the XML of crm_mon; undefined while there is none. */
export function coordinatorIn(monitor: string): string | undefined {
  const [found] = descendants(parseXml(monitor), 'current_dc')
  return found?.attributes.present === 'true' ? found.attributes.name : undefined
}
