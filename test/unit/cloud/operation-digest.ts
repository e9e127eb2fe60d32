import { createHash } from 'node:crypto'
import { element, printXml } from '../../../cloud/xml.ts'

/** Of the parameters of an operation, as executors record it (Pacemaker, lib/common/digest.c: calculate_xml_digest_v1()). */
export function operationDigest(parameters: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(parameters).sort(([one], [other]) => (one < other ? -1 : 1))
  const text = printXml(element('parameters', Object.fromEntries(sorted)))
  return createHash('md5').update(` ${text}`).digest('hex')
}
