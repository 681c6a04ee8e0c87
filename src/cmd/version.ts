// Filled in when the bundle is built.
declare const SERVICE_PROVIDER_OCM_VERSION: string | undefined;

/** Version of the program, `dev` when it runs from its sources. */
export const version: string = typeof SERVICE_PROVIDER_OCM_VERSION === "string" ? SERVICE_PROVIDER_OCM_VERSION : "dev";
