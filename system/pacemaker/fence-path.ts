import { isPlainId } from './ids.ts'

/**
 * XPath to a fence constraint as it was seen, which another one in its place does not match. Ids contain letters, digits, dots, dashes and
 * underscores; a mark that contains more is matched by nothing.
 */
export function fencePath({ id, mark }: { readonly id: string; readonly mark: string }): string {
  const inside = isPlainId(mark) ? `descendant::expression[@id='${mark}']` : 'not(descendant::expression)'
  return `/cib/configuration/constraints/rsc_location[@id='${id}'][${inside}]`
}
