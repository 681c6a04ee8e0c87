import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { refOf, type SimClient } from "../../sim/client.ts";
import { systemSimClock } from "../../sim/clock.ts";
import { startTestServer, type TestServer } from "../../sim/apiserver/testing/test-server.ts";
import { objectAt, textAt, valueAt } from "../../sim/value-at.ts";
import { waitUntil } from "../wait-until.ts";
import { functionImage } from "./function-image.ts";
import { NodeAgent } from "./node-agent.ts";
import { type Pod, type PodContainer, podType } from "./pod.ts";
import { processImage } from "./process-image.ts";

const NODE_IMAGE = "example.com/node";
const WAITING_IMAGE = "registry.example.com:5000/waiting";
const namespace = "default";

describe("the node agent", () => {
  let server: TestServer["server"];
  let client: SimClient;
  let agent: NodeAgent;
  let folder: string;
  /** Commands of the containers that ran inside this process, in order. */
  let ran: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "node-agent-"));
    ({ server, client } = startTestServer({ clock: systemSimClock }));
    await client.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "account", namespace } });
    ran = [];
    agent = new NodeAgent({
      client,
      address: { server: "https://platform.example.com", caPem: "authority" },
      folder,
      images: {
        [NODE_IMAGE]: processImage({ path: process.execPath }),
        [WAITING_IMAGE]: functionImage(async ([command = ""], signal) => {
          ran.push(command);
          await waiting(command === "wait" ? signal : undefined);
          return command === "fail" ? 3 : 0;
        }),
      },
    });
    await agent.start();
  });
  afterEach(async () => {
    await agent.stop();
    server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("runs a pod to its end as a process with the pod's identity, and tells its exit code", async () => {
    const script = `const { readFileSync } = require("node:fs");
      const user = JSON.parse(readFileSync(process.env.KUBECONFIG, "utf8")).users[0].user;
      console.log(process.env.POD_NAME, readFileSync(user.tokenFile, "utf8").length > 0);
      process.exitCode = 7;`;
    const env = [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }];
    await create("job", { restartPolicy: "Never" }, [
      { name: "main", image: `${NODE_IMAGE}:v1`, args: ["-e", script], env },
    ]);

    const pod = await until("job", (seen) => textAt(seen, "status", "phase") === "Failed");

    assert.equal(valueAt(containerOf(pod), "state", "terminated", "exitCode"), 7);
    assert.equal(await readFile(join(folder, "logs", "job.log"), "utf8"), "job true\n");
  });

  it("runs init containers to their end first, one after the other", async () => {
    await create("ordered", { restartPolicy: "Never", initContainers: [waiter("one"), waiter("two")] }, [
      waiter("three"),
    ]);

    await until("ordered", (seen) => textAt(seen, "status", "phase") === "Succeeded");
    assert.deepEqual(ran, ["one", "two", "three"]);
  });

  it("does not start a pod whose init container fails", async () => {
    await create("broken", { restartPolicy: "Never", initContainers: [waiter("fail")] }, [waiter("never")]);

    await until("broken", (seen) => textAt(seen, "status", "phase") === "Failed");
    assert.deepEqual(ran, ["fail"]);
  });

  it("counts a container as ready while it runs, and starts one again that was killed", async () => {
    await create("lasting", {}, [
      { name: "main", image: `${NODE_IMAGE}:v1`, args: ["-e", "setInterval(() => {}, 1e6)"] },
    ]);
    await until("lasting", isReady);
    const [first] = agent.containersOf(NODE_IMAGE);

    await first?.kill();

    const pod = await until("lasting", (seen) => isReady(seen) && valueAt(containerOf(seen), "restartCount") === 1);
    assert.equal(valueAt(containerOf(pod), "lastState", "terminated", "exitCode"), 128 + 9);
    assert.notEqual(agent.containersOf(NODE_IMAGE)[0]?.pid, first?.pid);
  });

  it("ends the containers of a pod that is gone, and knows images by their name without tag", async () => {
    await create("short", {}, [waiter("wait")]);
    const pod = await until("short", isReady);
    assert.equal(agent.containersOf(WAITING_IMAGE).length, 1);

    await client.delete(refOf(pod));

    await waitUntil(() => Promise.resolve(agent.containersOf(WAITING_IMAGE).length === 0), {
      what: "the container has ended",
      withinMs: 10_000,
    });
  });

  it("says of a pod with an image that it does not have that it failed, and why", async () => {
    await create("unknown", { restartPolicy: "Never" }, [{ name: "main", image: "example.com/unknown:v1" }]);

    const pod = await until("unknown", (seen) => textAt(seen, "status", "phase") === "Failed");

    const state = objectAt(containerOf(pod), "state", "terminated");
    assert.equal(state["exitCode"], 128);
    assert.equal(state["message"], "expected an image that this node has, found example.com/unknown:v1");
  });

  async function create(name: string, spec: Partial<Pod["spec"]>, containers: readonly PodContainer[]): Promise<void> {
    await client.create({
      ...podType,
      metadata: { name, namespace },
      spec: { nodeName: "local", serviceAccountName: "account", ...spec, containers },
    });
  }

  async function until(name: string, isWanted: (pod: unknown) => boolean): Promise<Pod> {
    for await (const event of client.follow<Pod>(podType, AbortSignal.timeout(20_000))) {
      const pods = event.type === "restarted" ? event.objects : [event.object];
      const found = pods.find((pod) => pod.metadata.name === name && isWanted(pod));
      if (found !== undefined) {
        return found;
      }
    }
    return assert.fail(`expected another state of ${name}, found ${JSON.stringify(await client.list(podType))}`);
  }
});

function waiter(command: string): PodContainer {
  return { name: command, image: `${WAITING_IMAGE}:v2`, args: [command] };
}

function isReady(pod: unknown): boolean {
  return valueAt(containerOf(pod), "ready") === true;
}

function containerOf(pod: unknown): unknown {
  const statuses = valueAt(pod, "status", "containerStatuses");
  return Array.isArray(statuses) ? statuses[0] : undefined;
}

function waiting(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal === undefined) {
      resolve();
    }
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}
