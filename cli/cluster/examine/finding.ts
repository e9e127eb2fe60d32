import type { Paint } from '../../terminal/table.ts'

/** Something that is not as it should be. */
export interface Finding {
  /** What breaks a storage, or will at the next failover, is an error. */
  readonly severity: 'error' | 'warning'
  /** Null when it is the cluster's. */
  readonly node: string | null
  readonly what: string
  readonly todo: string
}

/** One of a node that is known from the context. */
export type NodeFinding = Omit<Finding, 'node'>

export function error(what: string, todo: string, node: string | null = null): Finding {
  return { severity: 'error', node, what, todo }
}

export function warning(what: string, todo: string, node: string | null = null): Finding {
  return { severity: 'warning', node, what, todo }
}

/** Each with what to do about it below it. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  return findings.flatMap(({ severity, node, what, todo }) => {
    const where = node === null ? 'cluster' : node
    return [`${paint(severity === 'error' ? 'bad' : 'warning', `${severity}: ${where}: ${what}`)}`, `    ${todo}`]
  })
}
