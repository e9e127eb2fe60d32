/**
 * Makes sure that running clouds are interrupted only with the operator's consent.
 * @throws RangeError that names them, without --interrupt.
 */
export function refuseInterruption(
  names: readonly string[],
  options: { readonly interrupt?: string | true | undefined },
) {
  if (names.length === 0 || options.interrupt) return
  throw new RangeError(`this would interrupt ${names.join(', ')}; pass --interrupt to proceed (nothing was changed)`)
}
