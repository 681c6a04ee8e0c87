import { readFileSync } from "node:fs";
import { httpTransport } from "../sim/http-transport.ts";
import { readAccess } from "./connect.ts";
import { formatTable, type Table } from "./table.ts";

const usage = "Usage: KUBECONFIG=<file of a sandbox> npm run --silent sandbox:get -- <plural name of a resource>";
const TIMEOUT_MS = 10_000;
const PLAIN = "application/json";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

type Groups = { readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[] };
type Resources = { readonly resources: readonly { readonly name: string }[] };
type Get = <T>(path: string, accept: string) => Promise<T>;

// For machines without kubectl: prints all objects of a resource as the API server tabulates them.
process.exitCode = await main(process.env["KUBECONFIG"], process.argv.at(2));

async function main(kubeconfigPath: string | undefined, plural: string | undefined): Promise<number> {
  if (kubeconfigPath === undefined || plural === undefined) {
    console.error(usage);
    return 2;
  }
  const get = openCluster(readFileSync(kubeconfigPath, "utf8"));
  const root = await findRoot(plural, get);
  if (root === undefined) {
    console.error(`expected a resource that the cluster serves, found ${plural}`);
    return 1;
  }
  console.log(formatTable(await get<Table>(`${root}/${plural}`, TABLE)));
  return 0;
}

function openCluster(kubeconfig: string): Get {
  const send = httpTransport(readAccess(kubeconfig));
  return async <T>(path: string, accept: string) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { body } = await send({ method: "GET", path, headers: { accept }, signal });
    return JSON.parse(Buffer.concat(await Array.fromAsync(body)).toString("utf8")) as T;
  };
}

async function findRoot(plural: string, get: Get): Promise<string | undefined> {
  const { groups } = await get<Groups>("/apis", PLAIN);
  for (const root of ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)]) {
    const { resources } = await get<Resources>(root, PLAIN);
    if (resources.some(({ name }) => name === plural)) {
      return root;
    }
  }
  return undefined;
}
