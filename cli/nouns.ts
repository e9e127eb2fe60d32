import { cluster } from './cluster/verbs.ts'
import type { Noun } from './command/verb.ts'
import { compose } from './compose/verbs.ts'
import { metrics } from './metrics/verbs.ts'
import { node } from './node/verbs.ts'
import { preferNodes } from './storage/prefers.ts'
import { storage } from './storage/verbs.ts'
import { vserverNoun } from './vserver/verbs.ts'

/** The whole command line of vhacs. */
export const nouns: readonly Noun[] = [cluster, node, storage, vserverNoun({ preferNodes }), compose, metrics]
