import { roff } from '../../cli/command/man-page.ts'
import { cloudsSchema } from '../../cloud/file/schema.ts'

/** What the page uses of a JSON schema. */
interface Schema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly else?: Schema
}

/** The manual page vhacs-clouds(5). */
export function cloudsPage(): string {
  return [
    '.\\" Generated from the schema of the file of clouds by "make manual".',
    '.TH VHACS\\-CLOUDS 5 "" VHACS',
    '.SH NAME',
    'vhacs\\-clouds \\- file of the clouds of a VHACS cluster',
    '.SH SYNOPSIS',
    '.B vhacs compose',
    '.I FILE',
    '.SH DESCRIPTION',
    'A YAML 1.2 file that lists the desired clouds of a cluster;',
    '.BR vhacs (8)',
    'calls a cloud a storage where it acts on one. Only named values change: for a key that is missing, an existing cloud keeps its',
    'value in the cluster, and a new cloud gets the default. Clouds, vservers and nodes that are not in the file are not changed. All problems are',
    'reported at once, with line and column, and nothing is changed then.',
    '.SH KEYS',
    ...keysOf(cloudsSchema, ''),
    '.SH EXAMPLE',
    '.EX',
    ...EXAMPLE.map(roff),
    '.EE',
    '.SH FILES',
    '.TP',
    '.I /usr/share/doc/vhacs/clouds.schema.json',
    'The JSON schema of the file, for editors.',
    '.SH SEE ALSO',
    '.BR vhacs (8),',
    '.BR vhacs.conf (5),',
    '.BR ocf_vhacs_nspawn\\-container (7)',
    '',
  ].join('\n')
}

/** A file that the schema accepts. */
export const EXAMPLE = [
  'cluster: lab',
  'networks:',
  '  storage: { addresses: 10.77.1.100-10.77.1.199/24 }',
  'nodes:',
  '  - name: alpha',
  '    roles: [storage, vhost]',
  'clouds:',
  '  - name: mail',
  '    size: 10G',
  '    storage: [alpha, beta]',
  '    vhosts: [gamma, beta]',
  '    chap: { user: mail, secret: /etc/vhacs/mail.secret }',
  'vservers:',
  '  - name: web0',
  '    cloud: mail',
  '    network: bridge:br0',
]

/** One entry for each key, with the path to it: `clouds[].chap.user`. */
function keysOf(schema: Schema, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const key = `${path}${path === '' ? '' : '.'}${name}`
    const form = value.else?.type === undefined ? value : value.else
    const list = form.items?.properties ? `${key}[]` : key
    const own = value.description ?? CONTAINERS[key]
    if (own === undefined) throw new Error(`the schema does not describe ${key}`)
    const required = schema.required?.includes(name) ? '; required' : ''
    return [
      '.TP',
      `.B ${roff(key)}`,
      roff(`${own}${required}`),
      ...keysOf(form.items?.properties ? form.items : form, list),
    ]
  })
}

const CONTAINERS: Readonly<Record<string, string>> = {
  networks: 'the networks of the cluster, for new clouds',
  'networks.storage': 'the network over which vhosts reach the targets',
  'networks.replication': "the network of DRBD's traffic",
  nodes: 'a list of nodes',
  clouds: 'a list of clouds',
  vservers:
    'a list of containers that run where a cloud is mounted; their other keys are parameters of ocf_vhacs_nspawn-container(7)',
}
