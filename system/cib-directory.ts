/** Where Pacemaker keeps the CIB of a node: cib.xml, its earlier versions, and the shadow CIBs of root. */
export const CIB_DIRECTORY = '/var/lib/pacemaker/cib'
