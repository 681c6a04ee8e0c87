import { html, render } from "htm/preact";

import { readAddress } from "./address.ts";
import { App } from "./app.ts";

/** Pages of other servers on this machine, at other ports, cannot read it. */
const TOKEN = "token";

const { token = sessionStorage.getItem(TOKEN) ?? "", ...address } = readAddress(location.hash);
sessionStorage.setItem(TOKEN, token);

const surroundings = {
  token,
  fetch: (path: string, init: RequestInit): Promise<Response> => fetch(path, init),
  sleep: (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
      signal.addEventListener("abort", () => resolve(), { once: true });
    }),
};

const place = document.querySelector("#page");
if (place !== null) {
  render(html`<${App} address=${address} surroundings=${surroundings} />`, place as HTMLElement);
}
