import type { Noun, Operand, Option, Syntax } from '../command/verb.ts'

const FILE: Syntax = {
  name: 'FILE',
  forms: [
    ['clouds.yaml', 'says what clouds there shall be: see docs/clouds.md; its schema is metadata/clouds.schema.json'],
  ],
}
const FORMAT: Syntax = {
  name: 'FORMAT',
  forms: [
    ['crm', 'for crm configure load update (the default)'],
    ['xml', 'for cibadmin --modify --allow-create --scope configuration'],
    ['pcs', 'commands of pcs'],
  ],
}
const CIB: Syntax = {
  name: 'CIB',
  forms: [['cib.xml', 'a file as cibadmin --query prints it; no node is asked then']],
}
const file: Operand & { readonly position: 'before' } = { name: 'FILE', position: 'before' }
const attach: Option = {
  long: 'attach',
  summary: 'new clouds get the data that are there under their names, as those of a cloud that was detached',
}
const cib: Option = {
  long: 'file',
  value: 'CIB',
  summary: 'a CIB in a file, instead of that of the cluster (default: CIB_file of the environment)',
}

/** vhacs compose; evaluated on use, because YAML and the validator of schemas are big. */
export const compose: Noun = {
  name: 'compose',
  summary: 'what a file says of the clouds',
  syntaxes: [FILE, FORMAT, CIB],
  verbs: [
    {
      operand: file,
      options: [
        { long: 'format', value: 'FORMAT', summary: 'for which tool' },
        cib,
        { long: 'offline', summary: 'for a cluster that is yet to be formed: the file alone counts' },
      ],
      effect: 'prints',
      summary: 'print the configuration of the clouds in a file',
      details: 'What the file leaves open is taken from the cluster, else chosen. Nothing is changed.',
      run: async call => (await import('./print.ts')).printComposed(call),
    },
    {
      flag: { long: 'diff' },
      operand: file,
      options: [attach, cib],
      effect: 'shows',
      summary: 'show what would change in the cluster, and what Pacemaker would do about it',
      run: async call => (await import('./print.ts')).printDifference(call),
    },
    {
      flag: { long: 'apply' },
      operand: file,
      options: [
        { long: 'interrupt', summary: 'do it although clouds that run are interrupted' },
        attach,
        { long: 'detach', summary: 'take clouds that are not in the file out of the cluster; their data stay' },
        cib,
      ],
      effect: 'changes',
      summary: 'change the cluster to what the file says',
      details:
        'New clouds are made, from the logical volume to the mount. What somebody has added or tuned by hand stays. ' +
        'What would stop or restart a cloud that runs is refused, unless told to.',
      run: async call => (await import('./apply.ts')).applyFile(call),
    },
    {
      flag: { long: 'read' },
      options: [cib],
      effect: 'prints',
      summary: 'print a file that says what the cluster is now',
      run: async call => (await import('./read-back.ts')).printFile(call),
    },
  ],
}
