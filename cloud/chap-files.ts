import type { Chap, Cloud } from './cloud.ts'

/** CHAP with a secret that vhacs generates, and keeps in this file on each node that needs it. */
export function generatedChap(cloud: string): Chap {
  return { initiator: { user: `vhacs-${cloud}`, secret: generatedSecretFile(cloud) }, target: undefined }
}

/** The path of the secret that vhacs has generated for a cloud; an operator's file has any other path. */
export function generatedSecretFile(cloud: string): string {
  return `/etc/vhacs/chap/${cloud}`
}

/** A file with a secret, and the nodes that need it. */
export interface NeededSecret {
  readonly cloud: string
  readonly file: string
  readonly nodes: readonly string[]
}

/**
 * The secret files that clouds need, and the nodes that need them: the target may start on either storage node, the session on any
 * vhost. A secret that is not in a file is kept by cibsecret(8).
 */
export function neededSecrets(
  clouds: readonly Pick<Cloud, 'name' | 'chap' | 'storageNodes'>[],
  vhosts: readonly string[],
): NeededSecret[] {
  return clouds.flatMap(({ name, chap, storageNodes }) => {
    const nodes = [...new Set([...storageNodes, ...vhosts])]
    return secretFilesOf(chap).map(file => ({ cloud: name, file, nodes }))
  })
}

/** The files that contain the secrets, the initiator's first. */
export function secretFilesOf(chap: Chap | undefined): string[] {
  return [chap?.initiator.secret, chap?.target?.secret].flatMap(secret => (secret?.startsWith('/') ? secret : []))
}
