import type { Cloud } from '../../cloud/cloud.ts'
import { drbdConfig } from '../../cloud/compose/drbd/config.ts'
import { joinedNames } from '../../cloud/listed-names.ts'
import { resourceFile } from '../../system/drbd/config/files.ts'
import { MASK } from '../../system/secret-text.ts'
import type { System } from '../../system/system.ts'
import { replicationFacts } from '../clouds/creation/replication-ends.ts'
import type { FileRequest } from './file-request.ts'

/** The format that shows DRBD's files instead of the cluster's configuration. */
export const DRBD_FORMAT = 'drbd'

/**
 * The file of DRBD for each cloud, as its creation would write it on its nodes, for the version of DRBD that they run. A new file has a
 * new secret, and that of an existing cloud is not read, so the secret is masked.
 * @throws RangeError without a cluster whose nodes can be asked, and for nodes that do not fit.
 */
export async function drbdFiles(
  system: System,
  { source, wanted }: FileRequest,
  clouds: readonly Cloud[],
): Promise<string> {
  if (source.kind !== 'cluster')
    throw new RangeError(
      `--format ${DRBD_FORMAT}: the version of DRBD and the addresses are those of nodes: it needs the cluster`,
    )
  const factsOf = await replicationFacts(system, clouds, wanted.networks.replication)
  const texts = clouds.map(cloud => {
    const text = drbdConfig(cloud, { ...factsOf(cloud), secret: MASK })
    return `# ${resourceFile(cloud.name)} on ${joinedNames(cloud.storageNodes)}\n${text}`
  })
  return texts.join('\n').trimEnd()
}
