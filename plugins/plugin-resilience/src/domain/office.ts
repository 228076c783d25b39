/** The office that the leading process holds. */
export const CRO_OFFICE = 'cro';
