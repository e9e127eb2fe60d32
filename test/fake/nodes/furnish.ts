import { ifPresent } from '../../../system/system.ts'
import { addBlockDevice } from '../block/block.ts'
import { lvm } from '../block/device-mapper.ts'
import { addFilesystem } from '../block/filesystem.ts'
import { drbd } from '../drbd/drbd.ts'
import type { Secrets } from '../iscsi/iscsi-sessions.ts'
import { openIscsi } from '../iscsi/open-iscsi.ts'
import { addTree } from '../nspawn/tree.ts'
import type { FakeSystem } from '../system.ts'
import { file } from '../tree.ts'

export interface Wish {
  /** The parameters that are set, with the defaults of the others. */
  readonly parameters: Readonly<Record<string, string>>
  /** By the parameter that names the file, the secret in it. */
  readonly filed: Readonly<Record<string, string>>
}

type Furnish = (system: FakeSystem, wish: Wish) => void

/** By agent's name, prepares a node where a resource with just these parameters can run. */
export const furnish: Readonly<Record<string, Furnish>> = {
  'lvm-volume': (system, { parameters: { volume_group, volume } }) => void lvm(system, [`${volume_group}/${volume}`]),
  'drbd-cloud': (system, { parameters: { drbd_resource = '' } }) => void drbd(system, { [drbd_resource]: 0 }),
  'lio-iblock': (system, wish) => {
    system.take('/dev')
    addBlockDevice(system, wish.parameters.device ?? '', '147:0')
    fileSecrets(system, wish)
  },
  'iscsi-mount': (system, wish) => {
    const { iqn = '', portals = '', lun } = wish.parameters
    const chap = secretsOf(wish)
    const target = { iqn, luns: [Number(lun)], answer: 'accepts' as const, ...(chap && { chap }) }
    openIscsi(
      system,
      portals.split(/[ \t\n]+/).map(portal => ({ ...target, portal: withPort(portal) })),
    )
    fileSecrets(system, wish)
  },
  'ext3-filesystem': (system, { parameters: { device = '' } }) => {
    system.take('/dev')
    addFilesystem(system, device, '8:0')
  },
  'nspawn-container': (system, { parameters }) => {
    const { directory: place = '', command, network = '', settings, private_users = '' } = parameters
    const directory = place.replace(/(?<=.)\/$/, '')
    const owner = /^\d+$/.test(private_users) ? Number(private_users) : 0
    system.take('/mnt')
    const [program] = command?.split(' ').filter(Boolean) ?? []
    addTree(system, { directory, mountPoint: directory, owner, ...(program && { program }) })
    const [, name] = /:(.*)$/.exec(network) ?? []
    if (name !== undefined) system.put(`/sys/class/net/${name}/bridge`, '')
    if (settings !== undefined) ifPresent(() => system.put(settings, '[Exec]\n'))
  },
}

function withPort(portal: string): string {
  return /^(\[.*\]|[^:]*):\d+$/.test(portal) ? portal : `${portal}:3260`
}

function secretsOf({ parameters, filed }: Wish): Secrets | undefined {
  const { chap_user: user, mutual_chap_user: userIn } = parameters
  const secretOf = (name: string) => parameters[name] ?? filed[`${name}_file`]?.replace(/\r?\n$/, '') ?? ''
  if (user === undefined) return undefined
  const mutual = userIn === undefined ? {} : { userIn, secretIn: secretOf('mutual_chap_secret') }
  return { user, secret: secretOf('chap_secret'), ...mutual }
}

/** A path below something that is not a directory has no file. */
function fileSecrets(system: FakeSystem, { parameters, filed }: Wish): void {
  for (const [name, secret] of Object.entries(filed)) {
    const path = parameters[name]
    if (path !== undefined) ifPresent(() => system.put(path, { ...file(secret), permissions: 0o600 }))
  }
}
