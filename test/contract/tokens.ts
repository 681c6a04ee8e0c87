import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { createServiceAccount, issueToken } from "./service-account.ts";
import { createNamespace } from "./things.ts";
import { ask } from "./wait.ts";

const ACCOUNTS = "/api/v1/namespaces/tokens/serviceaccounts";

type TokenReviewStatus = {
  readonly authenticated?: boolean;
  readonly user: { readonly username?: string; readonly groups?: readonly string[] };
  readonly error?: string;
};

export const tokens: Topic = (client) => {
  describe("tokens", () => {
    before(() => createNamespace(client(), "tokens"));

    it("nobody knows are refused", async () => {
      assertRefused(await client().as("nonsense").get("/api/v1/namespaces"), 401, "Unauthorized", "Unauthorized");
    });

    it("stand for their service account and say when they end", async () => {
      await createServiceAccount(client(), "tokens", "robot");
      const request = { spec: { expirationSeconds: 3600 } };

      const { status, body } = await client().post(`${ACCOUNTS}/robot/token`, {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        ...request,
      });

      assert.equal(status, 201);
      const { token, expirationTimestamp } = body.status as { token: string; expirationTimestamp: string };
      assert.match(expirationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u);
      const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
      const who = await client().as(token).post("/apis/authentication.k8s.io/v1/selfsubjectreviews", review);
      assertOK(who, 201);
      const { userInfo } = who.body.status as { userInfo: { username: string; groups: string[] } };
      assert.equal(userInfo.username, "system:serviceaccount:tokens:robot");
      assert.deepEqual(userInfo.groups, [
        "system:serviceaccounts",
        "system:serviceaccounts:tokens",
        "system:authenticated",
      ]);
    });

    it("are told by a TokenReview whose they are, and which nobody knows", async () => {
      await createServiceAccount(client(), "tokens", "reviewed");
      const token = await issueToken(client(), "tokens", "reviewed");
      const review = async (text: string): Promise<TokenReviewStatus> => {
        const sent = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: text } };
        const answer = await client().post("/apis/authentication.k8s.io/v1/tokenreviews", sent);
        assertOK(answer, 201);
        return answer.body.status as TokenReviewStatus;
      };

      const { authenticated, user } = await review(token);
      assert.equal(authenticated, true);
      assert.equal(user.username, "system:serviceaccount:tokens:reviewed");
      assert.deepEqual(user.groups, [
        "system:serviceaccounts",
        "system:serviceaccounts:tokens",
        "system:authenticated",
      ]);
      const unknown = await review("nonsense");
      assert.deepEqual([unknown.authenticated, unknown.user], [undefined, {}]);
      assert.match(unknown.error ?? "", /invalid bearer token/u);
    });

    it("end with their service account", async () => {
      await createServiceAccount(client(), "tokens", "gone");
      const token = await issueToken(client(), "tokens", "gone");

      assertOK(await client().delete(`${ACCOUNTS}/gone`));

      await ask(
        () => client().as(token).get("/api/v1/namespaces"),
        ({ status }) => status === 401,
      );
    });

    it("cannot be had for accounts that are not there", async () => {
      const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };

      const answer = await client().post(`${ACCOUNTS}/nope/token`, request);

      assertRefused(answer, 404, "NotFound", 'serviceaccounts "nope" not found');
    });

    it("cannot be too short-lived", async () => {
      await createServiceAccount(client(), "tokens", "short");
      const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 1 } };

      const { status, body } = await client().post(`${ACCOUNTS}/short/token`, request);

      assert.equal(status, 422);
      assert.ok(String(body.message).includes("may not specify a duration less than 10 minutes"), String(body.message));
    });
  });
};
