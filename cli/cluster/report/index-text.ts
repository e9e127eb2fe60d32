import { visibleText } from '../../../system/visible-text.ts'

/** What the index of a report says. */
export interface Index {
  readonly time: Date
  readonly node: string
  readonly version: string
  readonly nodes: readonly IndexedNode[]
  /** What is missing besides, or incomplete, and why. */
  readonly remarks: readonly string[]
  readonly paths: readonly string[]
}

interface IndexedNode {
  readonly name: string
  /** Why there is nothing of it. */
  readonly problem?: string
  readonly remarks: readonly string[]
}

/** `index.txt`: when and where the report was made, what is missing, and what is in it. */
export function indexText({ time, node, version, nodes, remarks, paths }: Index): string {
  const missing = [
    ...remarks,
    ...nodes.flatMap(({ name, problem, remarks: some }) =>
      problem === undefined ? some.map(remark => `${name}: ${remark}`) : [`${name}: nothing: ${problem}`],
    ),
  ]
  return [
    `Report of vhacs ${version}, made on ${node} at ${time.toISOString()}`,
    `Nodes: ${nodes.map(({ name }) => name).join(', ')}`,
    'Secrets are replaced by ********: those in the cluster, in the files of the nodes, and wherever else they occur.',
    '',
    ...(missing.length === 0
      ? ['Nothing is missing.']
      : ['Missing or incomplete:', ...missing.map(line => `  ${line}`)]),
    '',
    'Files:',
    ...paths.map(path => `  ${path}`),
  ]
    .map(line => `${visibleText(line)}\n`)
    .join('')
}
