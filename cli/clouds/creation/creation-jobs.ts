import type { ResolvedCloud } from '../../../cloud/resolve/resolve.ts'
import type { Subnet } from '../../../cloud/subnets.ts'
import type { Job } from '../../run/jobs.ts'
import type { Work } from '../../run/steps.ts'
import type { NewSecret } from '../chap/new-secrets.ts'
import { prepareMounts } from '../prepare-mounts.ts'
import { adoptCloud, createCloud } from './create-cloud.ts'
import type { CloudContent } from './fill-steps.ts'
import { drbdMajors, replicationFacts } from './replication-ends.ts'

/** The input of a creation besides the clouds. */
interface CreationSettings {
  /** The subnet that DRBD replicates in. */
  readonly subnet: Subnet | undefined
  /** The secrets to be generated. */
  readonly secrets?: readonly NewSecret[]
  /** What the file system of each contains; undefined for empty ones. */
  readonly content?: CloudContent | undefined
  /** The nodes that may mount them. */
  readonly vhosts: readonly string[]
}

/**
 * Jobs that create these clouds, from the volume to the mount, or that adopt existing data. A job that fails is rolled back, and
 * does not affect the others. DRBD replicates in the subnet, if one is given. Reads only.
 * @throws RangeError when a node has no address in it, has settings that cannot be read, or DRBD does not fit on the nodes of a cloud.
 */
export async function creationJobs(
  work: Work,
  clouds: readonly ResolvedCloud[],
  { subnet, secrets = [], content, vhosts }: CreationSettings,
): Promise<Job[]> {
  const among = (adopted: boolean) => clouds.flatMap(({ cloud, isAdopted }) => (isAdopted === adopted ? [cloud] : []))
  const factsOf = await replicationFacts(work.system, among(false), subnet)
  // existing data can only be used where all nodes have the same major version, too
  await drbdMajors(work.system, among(true))
  return clouds.map(({ cloud, isAdopted, wanted: { sizeBytes = 0 } }) => {
    const create = (printing: Work) =>
      createCloud(printing, {
        cloud,
        ...factsOf(cloud),
        ...{ sizeBytes, content },
        secret: secrets.find(secret => secret.cloud === cloud.name),
      })
    const outcome = isAdopted ? 'is attached' : 'is created'
    return {
      name: cloud.name,
      outcome: cloud.state === 'standby' ? outcome : 'is mounted',
      run: async print => {
        await (isAdopted ? adoptCloud({ ...work, print }, cloud) : create({ ...work, print }))
        for (const note of await prepareMounts(work.system, vhosts, [cloud.directory])) print(note)
      },
    }
  })
}
