type Answer = {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: { readonly result?: { readonly value?: unknown } };
};

/** One conversation with the inspector of a Node process. As long as it lasts, the process cannot end by itself. */
export class Inspector implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #sent = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data)) as Answer));
    socket.addEventListener("close", () => this.#abandon());
  }

  /** Connects to the address that was given with `--inspect`. */
  static async open(address: string): Promise<Inspector> {
    const response = await fetch(`http://${address}/json/list`);
    const [target] = (await response.json()) as readonly { readonly webSocketDebuggerUrl: string }[];
    if (target === undefined) {
      throw new Error(`expected a process to inspect at ${address}`);
    }
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error(`cannot reach the inspector at ${address}`)));
    });
    return new Inspector(socket);
  }

  /** Frees all memory that nothing refers to. */
  async collectGarbage(): Promise<void> {
    await this.#send("HeapProfiler.collectGarbage");
  }

  /** The value of an expression in the process; it must be JSON. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result } = await this.#send("Runtime.evaluate", { expression, returnByValue: true });
    return result?.result?.value as T;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  async #send(method: string, params: object = {}): Promise<Answer> {
    this.#sent += 1;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(this.#sent, waiting);
    this.#socket.send(JSON.stringify({ id: this.#sent, method, params }));
    const answer = await waiting.promise;
    if (answer.error !== undefined) {
      throw new Error(`the inspector refused ${method}: ${answer.error.message}`);
    }
    return answer;
  }

  #take(answer: Answer): void {
    const { id = 0 } = answer;
    this.#waiting.get(id)?.resolve(answer);
    this.#waiting.delete(id);
  }

  #abandon(): void {
    this.#waiting.forEach(({ reject }) => reject(new Error("the inspected process has hung up")));
    this.#waiting.clear();
  }
}
