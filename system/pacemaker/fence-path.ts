import { isPlainId } from './ids.ts'

/**
 * XPath to a fence constraint as it was seen; it does not match a constraint that has replaced it since. Ids contain letters,
 * digits, dots, dashes and underscores; a mark with other characters matches nothing.
 */
export function fencePath({ id, mark }: { readonly id: string; readonly mark: string }): string {
  const inside = isPlainId(mark) ? `descendant::expression[@id='${mark}']` : 'not(descendant::expression)'
  return `/cib/configuration/constraints/rsc_location[@id='${id}'][${inside}]`
}
