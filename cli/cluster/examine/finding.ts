import type { Paint } from '../../terminal/table.ts'

/** A fault or risk that a check has found. */
export interface Finding {
  /** An error breaks a storage now, or at the next failover. */
  readonly severity: 'error' | 'warning'
  /** Null when it concerns the whole cluster. */
  readonly node: string | null
  readonly what: string
  readonly todo: string
}

/** A finding about a node that is known from the context. */
export type NodeFinding = Omit<Finding, 'node'>

export function error(what: string, todo: string, node: string | null = null): Finding {
  return { severity: 'error', node, what, todo }
}

export function warning(what: string, todo: string, node: string | null = null): Finding {
  return { severity: 'warning', node, what, todo }
}

export function onNode(node: string, findings: readonly NodeFinding[]): Finding[] {
  return findings.map(({ severity, what, todo }) => ({ severity, node, what, todo }))
}

/** `1 error` or `2 errors`; undefined when there are only warnings. */
export function errorCount(findings: readonly Finding[]): string | undefined {
  const { length } = findings.filter(({ severity }) => severity === 'error')
  return length === 0 ? undefined : `${length} ${length === 1 ? 'error' : 'errors'}`
}

/** Each finding, with what to do about it on the next line. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  return findings.flatMap(({ severity, node, what, todo }) => {
    const where = node ?? 'cluster'
    return [paint(severity === 'error' ? 'bad' : 'warning', `${severity}: ${where}: ${what}`), `    ${todo}`]
  })
}
