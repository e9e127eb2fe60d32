import { resolve } from 'node:path'
import { CIB_DIRECTORY } from '../../system/cib-directory.ts'
import { systemErrorCode } from '../../system/system.ts'

/** A CIB that the environment names instead of that of the cluster of this node. */
export interface CibEnvironment {
  /** As an operator has set it: `CIB_file=cib.xml`. */
  readonly cibSetting?: string
  /** Undefined if the CIB is not in a file. */
  readonly cibFile?: string
}

/** Interpreted as by Pacemaker's own tools (cib_new in lib/cib/cib_client.c): a shadow CIB takes precedence over a file. */
export function cibEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  user: { readonly isRoot: boolean },
): CibEnvironment {
  const { CIB_shadow: shadow, CIB_file: file, CIB_port: port, CIB_shadow_dir, HOME = '' } = environment
  if (shadow) {
    // crm_shadow(8)
    const directory = CIB_shadow_dir || (user.isRoot ? CIB_DIRECTORY : `${HOME}/.cib`)
    return { cibSetting: `CIB_shadow=${shadow}`, cibFile: absolute(`${directory}/shadow.${shadow}`) }
  }
  if (file) return { cibSetting: `CIB_file=${file}`, cibFile: absolute(file) }
  return port ? { cibSetting: `CIB_port=${port}` } : {}
}

/** In a directory that has been removed, a relative path is kept as it is, and leads to nothing. */
function absolute(path: string): string {
  try {
    return resolve(path)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return path
    throw error
  }
}
