/** Owner of the fields that this provider applies, on every cluster. */
export const FIELD_MANAGER = "service-provider-ocm";
