import type { Noun, Operand, Option, Syntax } from '../command/verb.ts'

const FILE: Syntax = {
  name: 'FILE',
  forms: [
    ['clouds.yaml', 'describes the desired clouds: see docs/clouds.md; its schema is metadata/clouds.schema.json'],
    ['-', 'standard input'],
  ],
}
const FORMAT: Syntax = {
  name: 'FORMAT',
  forms: [
    ['crm', 'for crm configure load update (the default)'],
    ['xml', 'for cibadmin --modify --allow-create --scope configuration'],
    ['pcs', 'commands of pcs'],
    ['drbd', "DRBD's files instead, for the version of DRBD that the nodes run"],
  ],
}
const CIB: Syntax = {
  name: 'CIB',
  forms: [
    ['cib.xml', 'a file as cibadmin --query prints it; no nodes are queried then'],
    ['pe-input-1.bz2', 'a CIB that Pacemaker has saved; it is only read'],
    ['-', 'standard input; it is only read'],
  ],
}
const file: Operand & { readonly position: 'before' } = { name: 'FILE', position: 'before' }
const attach: Option = {
  long: 'attach',
  summary: 'new clouds adopt existing data of their names, such as those of a cloud that was detached',
}
const cib: Option = {
  long: 'file',
  value: 'CIB',
  summary: 'a file with a CIB to use instead of the cluster (default: CIB_shadow or CIB_file of the environment)',
}

/** vhacs compose; evaluated on use, because YAML and the schema validator are large. */
export const compose: Noun = {
  name: 'compose',
  summary: 'make the cluster match a file of clouds',
  about: 'The other commands call a cloud a storage.',
  syntaxes: [FILE, FORMAT, CIB],
  verbs: [
    {
      operand: file,
      options: [
        { long: 'format', value: 'FORMAT', summary: 'the tool to print it for' },
        cib,
        { long: 'offline', summary: 'use the file alone, for a cluster that does not exist yet' },
      ],
      effect: 'prints',
      usesCibFile: true,
      summary: 'print the configuration of the clouds in a file',
      details: 'Values that the file leaves open are taken from the cluster, or chosen. Nothing is changed.',
      example: 'vhacs compose clouds.yaml --format pcs',
      run: async call => (await import('./print.ts')).printComposed(call),
    },
    {
      flag: { long: 'diff' },
      operand: file,
      options: [attach, cib],
      effect: 'shows',
      usesCibFile: true,
      summary: "show the changes in the cluster, and Pacemaker's reaction",
      example: 'vhacs compose clouds.yaml --diff',
      run: async call => (await import('./print.ts')).printDifference(call),
    },
    {
      flag: { long: 'apply' },
      operand: file,
      options: [
        { long: 'interrupt', summary: 'proceed although running clouds are interrupted' },
        attach,
        { long: 'replace', summary: 'move sides of clouds to other nodes, as the file says' },
        { long: 'detach', summary: 'remove clouds that are not in the file from the cluster; their data are kept' },
        cib,
      ],
      effect: 'changes',
      usesCibFile: true,
      summary: 'change the cluster to match the file',
      details:
        'New clouds are created, from the logical volume to the mount. Manual additions and changes are kept. ' +
        'A change that would stop or restart a running cloud is refused without --interrupt. ' +
        'A cloud with a larger size is grown. Where one of the storage nodes is another one, that side is moved as by "vhacs storage --replace", after all other changes, one cloud after the other; this needs --replace. ' +
        'Whatever interrupts it, the same command does what remains.',
      example: 'vhacs compose clouds.yaml --apply',
      run: async call => (await import('./apply.ts')).applyFile(call),
    },
    {
      flag: { long: 'read' },
      options: [cib],
      effect: 'prints',
      usesCibFile: true,
      summary: 'print a file that describes the clouds of the cluster',
      example: 'vhacs compose --read > clouds.yaml',
      run: async call => (await import('./read-back.ts')).printFile(call),
    },
  ],
}
