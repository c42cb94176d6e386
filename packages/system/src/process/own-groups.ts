// Groups of processes that no topology places.

/** Commands and seeds, which call in the name of services. */
export const TOOLS = 'tools';
/** The supervisor of a machine: its group and its replica. */
export const SUPERVISOR = 'supervisor';
