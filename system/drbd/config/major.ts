import type { Section } from './syntax.ts'

/** A statement that only the drbdadm of one major version accepts. */
export interface MajorEvidence {
  readonly major: 8 | 9
  /** Such as `node-id`. */
  readonly statement: string
}

/** New in version 9; `connection` is a section, the others are statements. */
const NEW = ['node-id', 'connection', 'connection-mesh', 'quorum', 'on-no-quorum', 'auto-promote']

/**
 * The first statement of a resource that only drbdadm of 8.4 accepts, and the first that only drbdadm of 9 accepts.
 * @see drbd.conf-8.4(5), drbd.conf-9.0(5): `fencing` has moved from "disk" to "net"
 */
export function majorEvidence(resource: Section): MajorEvidence[] {
  const found = below(resource).flatMap(({ section, within }): MajorEvidence[] => {
    const [name = ''] = section.words
    if (NEW.includes(name)) return [{ major: 9, statement: name }]
    if (name !== 'fencing') return []
    if (within === 'disk') return [{ major: 8, statement: 'fencing in "disk"' }]
    return within === 'net' ? [{ major: 9, statement: 'fencing in "net"' }] : []
  })
  return ([8, 9] as const).flatMap(major => found.find(one => one.major === major) ?? [])
}

/** All sections and statements below a section, each with the name of the section that it is in. */
function below(section: Section): { readonly section: Section; readonly within: string }[] {
  return section.children.flatMap(child => [{ section: child, within: section.words[0] ?? '' }, ...below(child)])
}
