import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { GROUND, type GroundCoordinates, type LeaseAnswer } from "./lease-protocol.ts";
import { readLines, sendLine } from "./read-lines.ts";

/** A ground that is lent to this process until it gives it back, or ends. */
export class Lease {
  readonly #socket: Socket;
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  #calls = GROUND;

  private constructor(socket: Socket) {
    this.#socket = socket;
    readLines(socket, (message) => this.#take(message as LeaseAnswer));
    socket.on("error", () => undefined);
    socket.once("close", () => {
      for (const { reject } of this.#open.values()) {
        reject(new Error("the lease of the ground has ended"));
      }
    });
  }

  /** Waits until a ground is free. */
  static async take(socketPath: string): Promise<{ readonly lease: Lease; readonly ground: GroundCoordinates }> {
    const socket = connect(socketPath);
    await once(socket, "connect");
    const lease = new Lease(socket);
    return { lease, ground: (await lease.#answerTo(GROUND)) as GroundCoordinates };
  }

  /** Has something done to a program of the ground. */
  async call<Result = void>(program: string, verb: string): Promise<Result> {
    this.#calls += 1;
    const id = this.#calls;
    const answer = this.#answerTo(id);
    sendLine(this.#socket, { id, program, verb });
    return (await answer) as Result;
  }

  /** Gives the ground back. */
  async end(): Promise<void> {
    if (!this.#socket.destroyed) {
      this.#socket.end();
      await once(this.#socket, "close");
    }
  }

  #answerTo(id: number): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    // Not all that is asked is waited for until the end.
    answer.promise.catch(() => undefined);
    this.#open.set(id, answer);
    return answer.promise;
  }

  #take({ id, result, error }: LeaseAnswer): void {
    const answer = this.#open.get(id);
    this.#open.delete(id);
    if (error === undefined) {
      answer?.resolve(result);
    } else {
      answer?.reject(new Error(error));
    }
  }
}
