import type { Sides } from '../../../cloud/change/replacement.ts'

/** The command that begins a replacement, and goes on with one that was broken off. */
export function replaceCommand({ cloud, from, to }: Sides & { readonly cloud: string }): string {
  return `vhacs storage --replace ${cloud} --from ${from}${to === from ? '' : ` --to ${to}`}`
}
