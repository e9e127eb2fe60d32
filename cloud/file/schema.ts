import { MOST_COPIES } from '../cloud.ts'
import { LARGEST_MINOR } from '../devices.ts'
import { DEFAULT_VOLUME_GROUP } from '../volume-group.ts'
import { vserverSchema } from './vserver.ts'

/*
 * The form of the file of clouds, as JSON schema 2020-12; published as metadata/clouds.schema.json.
 * What a schema cannot express, such as two clouds with one address, is checked in cross-checks.ts.
 */

const name = { type: 'string', minLength: 1 } as const
const text = { type: 'string' } as const

/** A fixed word, or another form: written with `if`, a validator reports what is wrong with the intended form. */
function wordOr(word: string, other: object, description: string) {
  // biome-ignore lint/suspicious/noThenProperty: the schema's name
  return { if: text, then: { const: word, description }, else: { ...other, description }, description }
}

const secret = {
  type: 'object',
  additionalProperties: false,
  required: ['user', 'secret'],
  properties: {
    user: { ...text, description: 'CHAP name' },
    secret: {
      ...text,
      pattern: '^(/|lrm://$)',
      description: 'where the secret is: the path of a file on each node that needs it, or lrm:// for cibsecret(8)',
    },
  },
} as const

const network = {
  storage: {
    type: 'object',
    additionalProperties: false,
    required: ['addresses'],
    properties: {
      addresses: {
        ...text,
        description:
          'free addresses for the clouds, like 10.77.1.100-10.77.1.199/24; default: SERVICE_ADDRESSES of the nodes',
      },
    },
  },
  replication: {
    type: 'object',
    additionalProperties: false,
    required: ['subnet'],
    properties: {
      subnet: {
        ...text,
        description: 'network of DRBD, like 10.77.3.0/24; default: REPLICATION_IFNAME of the nodes',
      },
    },
  },
} as const

const node = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { ...name, description: 'its name in the cluster' },
    roles: {
      type: 'array',
      uniqueItems: true,
      items: { enum: ['storage', 'vhost'] },
      description: 'storage: it may hold data, vhost: it may mount; default: its present roles',
    },
    initiator: { ...text, description: 'its iSCSI initiator name; default: the node is asked' },
  },
} as const

const cloud = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { ...name, description: 'letters, digits and dashes, at most 32, a letter first' },
    size: { ...text, description: 'like 500M, 1.5G or 2T; needed by a new cloud' },
    storage: wordOr(
      'choose',
      { type: 'array', minItems: 2, maxItems: MOST_COPIES, uniqueItems: true, items: name },
      'the two nodes that hold the data, or three with DRBD 9, the preferred one first, like [alpha, beta]; default: choose two',
    ),
    vhosts: {
      type: 'array',
      uniqueItems: true,
      items: name,
      description: 'the preferred vhosts, in order; others may mount it when none of these can; default: chosen',
    },
    directory: { ...text, description: 'where it is mounted; default: /clouds/NAME' },
    options: { ...text, description: 'mount options; default: nosuid,nodev, or nodev with vservers' },
    state: { enum: ['active', 'standby'], description: 'standby: stopped everywhere; default: active' },
    initiators: {
      type: 'array',
      uniqueItems: true,
      items: text,
      description: 'iSCSI names that may log in, in addition to the vhosts of the cluster; default: none',
    },
    chap: wordOr(
      'none',
      {
        ...secret,
        properties: {
          ...secret.properties,
          mutual: { ...secret, description: 'user and secret of the target, for mutual CHAP' },
        },
      },
      'user and secret by which initiators authenticate; default: none',
    ),
    address: {
      ...text,
      description:
        'service address; outside the storage network, with its prefix length, like 2001:db8::100/64; default: a free one',
    },
    volume_group: { ...text, description: `default: ${DEFAULT_VOLUME_GROUP}` },
    minor: {
      type: 'integer',
      minimum: 0,
      maximum: LARGEST_MINOR,
      description: 'minor number of the DRBD device; default: a free one',
    },
    iqn: { ...text, description: 'name of the target; default: made from the names of cluster and cloud' },
    tpgt: { type: 'integer', minimum: 1, maximum: 65535, description: 'tag of the target portal group; default: 1' },
  },
} as const

export const cloudsSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'The clouds of a VHACS cluster',
  type: 'object',
  additionalProperties: false,
  required: ['clouds'],
  properties: {
    cluster: { ...name, description: 'name of the intended cluster' },
    networks: { type: 'object', additionalProperties: false, properties: network },
    nodes: { type: 'array', items: node },
    clouds: { type: 'array', items: cloud },
    vservers: { type: 'array', items: vserverSchema },
  },
} as const
