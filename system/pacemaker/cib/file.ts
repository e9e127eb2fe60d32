import { runToSuccess, type System } from '../../system.ts'
import { cibadmin } from './cib.ts'

/**
 * The CIB in a file, which may be compressed with bzip2, as Pacemaker reads it.
 * @throws ToolFailed with the output of cibadmin.
 */
export async function queryCibIn(system: System, path: string): Promise<string> {
  const options = { timeoutSeconds: 60, looks: true, environment: { CIB_file: path } } as const
  return (await runToSuccess(system, cibadmin, ['--query'], options)).stdout
}

/** The system whose Pacemaker tools use the CIB in a file instead of the cluster's. */
export function withCibFile(system: System, path: string): System {
  return {
    ...system,
    run: (tool, args, options = {}) =>
      tool.package === cibadmin.package
        ? system.run(tool, args, { ...options, environment: { CIB_file: path, ...options.environment } })
        : system.run(tool, args, options),
  }
}
