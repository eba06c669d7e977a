/**
 * The words that an inventory's fields may have, spelled as HSM shows them: hms-base's lists, and for roles and
 * sub-roles the published document's. Case does not matter on input. The values of Type are `hmsTypes`. Pure.
 */

/** There is none between On and Ready: HSM retired Active and Paused before anything used them. */
export const hmsStates = ['Unknown', 'Empty', 'Populated', 'Off', 'On', 'Standby', 'Halt', 'Ready'] as const;

export const hmsFlags = ['Unknown', 'OK', 'Warning', 'Alert', 'Locked'] as const;

export const hmsNetTypes = ['Sling', 'Infiniband', 'Ethernet', 'OEM', 'None'] as const;

export const hmsArchs = ['X86', 'ARM', 'UNKNOWN', 'Other'] as const;

export const hmsClasses = ['River', 'Mountain', 'Hill'] as const;

/** What a site has without any configuration. */
export const defaultRoles = ['Compute', 'Service', 'System', 'Application', 'Storage', 'Management'] as const;

/** What a site has without any configuration. */
export const defaultSubRoles = ['Master', 'Worker', 'Storage'] as const;
