/** Where Pacemaker keeps the CIB of a node: cib.xml, its earlier versions, and the shadow CIBs of root. */
export const CIB_DIRECTORY = '/var/lib/pacemaker/cib'

/** Pacemaker's own copy of the configuration, which it writes some moments after a change. It has no status. */
export const CIB_FILE = `${CIB_DIRECTORY}/cib.xml`
