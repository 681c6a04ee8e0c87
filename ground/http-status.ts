import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";

/** Credentials for `httpStatus`. */
export type HttpStatusOptions = { readonly caPem?: string; readonly token?: string; readonly signal: AbortSignal };

/** Sends a GET on a connection of its own and tells the status code of the answer. */
export function httpStatus(url: string, { caPem, token, signal }: HttpStatusOptions): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = url.startsWith("https:") ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    request(url, { agent: false, headers, signal, ...(caPem === undefined ? {} : { ca: caPem }) }, (response) => {
      response.resume().once("error", reject);
      resolve(response.statusCode ?? 0);
    })
      .once("error", reject)
      .end();
  });
}
