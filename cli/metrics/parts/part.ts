import type { Cloud, Vserver } from '../../../cloud/cloud.ts'
import type { System } from '../../../system/system.ts'
import type { Sample } from '../definitions.ts'

/** What the parts of this node are read from. */
export interface Node {
  readonly system: System
  readonly host: string
  /** Undefined if the CIB cannot be read. */
  readonly clouds: readonly Cloud[] | undefined
  readonly vservers: readonly Vserver[] | undefined
}

/** The samples of each storage, or vserver, that concerns this node; one that throws does not keep the others from being read. */
export type SamplesOf = (node: Node) => SampleReaders | Promise<SampleReaders>

type SampleReaders = readonly (() => readonly Sample[] | Promise<readonly Sample[]>)[]

/** How long a tool may take: of the ten seconds that Prometheus gives a scrape by default, the rest takes some. */
export const TOOL_SECONDS = 8
