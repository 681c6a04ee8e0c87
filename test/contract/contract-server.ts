import { fixedCredentials } from "../../src/kube/credentials.ts";
import { createTransport } from "../../src/kube/http-transport.ts";
import { ContractClient } from "./contract-client.ts";

/** A running API server, with namespace and garbage collection controllers, that the contract is held against. */
export type ContractServer = {
  readonly url: string;
  readonly caPem: string;
  /** Of a user in `system:masters`. */
  readonly adminToken: string;
  stop(): Promise<void>;
};

/** Gives the client of an administrator, and closes its connections. */
export type Connection = { readonly client: ContractClient; close(): Promise<void> };

/** Connects to a server as its administrator. */
export function connect({ url, caPem, adminToken }: ContractServer): Connection {
  const credentials = fixedCredentials({ headers: {} });
  const transport = createTransport({ server: url, ca: caPem, insecureSkipTlsVerify: false, credentials });
  return { client: new ContractClient(transport, adminToken), close: () => transport.close() };
}
