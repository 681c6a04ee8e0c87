import type { ContractClient } from "./contract-client.ts";

/** One topic of the contract: adds tests that talk to the server through `client()`. */
export type Topic = (client: () => ContractClient) => void;
