import { parseCloudName } from '../../../cloud/names.ts'

/** What an export says about itself. */
export interface ExportFacts {
  readonly storage: string
  /** Undefined for one that was taken for the export. */
  readonly snapshot: string | undefined
  /** When the content was like that. */
  readonly takenAt: Date
  readonly cluster: string | undefined
  /** Of the volume on each side. */
  readonly volumeBytes: number
  readonly fileSystemBytes: number
}

const FORMAT = 'vhacs-export'
/** Of the layout of the archive. A reader refuses another one. */
const VERSION = 1

/** The text of export.json. */
export function factsText({ storage, snapshot, takenAt, cluster, volumeBytes, fileSystemBytes }: ExportFacts): string {
  const facts = {
    ...{ format: FORMAT, version: VERSION, storage, snapshot: snapshot ?? null },
    ...{ takenAt: takenAt.toISOString(), cluster: cluster ?? null, volumeBytes, fileSystemBytes },
  }
  return `${JSON.stringify(facts, undefined, 2)}\n`
}

/** @throws RangeError for a text of another form or version. */
export function parseFacts(text: string): ExportFacts {
  const facts = objectIn(text)
  if (facts.format !== FORMAT) throw new RangeError('it is not an export of vhacs')
  if (facts.version !== VERSION)
    throw new RangeError(`it has version ${JSON.stringify(facts.version)} of the format: import it with a newer vhacs`)
  return {
    storage: parseCloudName(textAt(facts, 'storage') ?? ''),
    snapshot: textAt(facts, 'snapshot'),
    takenAt: timeAt(facts, 'takenAt'),
    cluster: textAt(facts, 'cluster'),
    volumeBytes: bytesAt(facts, 'volumeBytes'),
    fileSystemBytes: bytesAt(facts, 'fileSystemBytes'),
  }
}

type Facts = Readonly<Record<string, unknown>>

function objectIn(text: string): Facts {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Facts) : {}
  } catch (cause) {
    throw new RangeError('it is not an export of vhacs', { cause })
  }
}

function textAt(facts: Facts, key: string): string | undefined {
  const value = facts[key]
  if (value === null) return undefined
  if (typeof value !== 'string' || value.length > 100) throw new RangeError(`"${key}" in its export.json is not a text`)
  return value
}

function timeAt(facts: Facts, key: string): Date {
  const time = new Date(textAt(facts, key) ?? '')
  if (Number.isNaN(time.getTime()) || time.getTime() < 0)
    throw new RangeError(`"${key}" in its export.json is not a time`)
  return time
}

function bytesAt(facts: Facts, key: string): number {
  const value = facts[key]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0)
    throw new RangeError(`"${key}" in its export.json is not a size`)
  return value
}
