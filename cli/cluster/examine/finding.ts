import type { Paint } from '../../terminal/table.ts'

/** A fault or risk that a check has found. */
export interface Finding {
  /** An error breaks a storage now, or at the next failover; a note is about what somebody has chosen. */
  readonly severity: 'error' | 'warning' | 'note'
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

export function note(what: string, todo: string, node: string | null = null): Finding {
  return { severity: 'note', node, what, todo }
}

export function onNode(node: string, findings: readonly NodeFinding[]): Finding[] {
  return findings.map(({ severity, what, todo }) => ({ severity, node, what, todo }))
}

/** `1 error` or `2 errors`; undefined when there are only warnings and notes. */
export function errorCount(findings: readonly Finding[]): string | undefined {
  const { length } = findings.filter(({ severity }) => severity === 'error')
  return length === 0 ? undefined : `${length} ${length === 1 ? 'error' : 'errors'}`
}

/** Each finding, with what to do about it on the next line. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  return findings.flatMap(({ severity, node, what, todo }) => {
    const where = node ?? 'cluster'
    return [paint(TONES[severity], `${severity}: ${where}: ${what}`), `    ${todo}`]
  })
}

const TONES = { error: 'bad', warning: 'warning', note: undefined } as const
