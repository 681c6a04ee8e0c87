/** The reason of an aborted signal when another process may take over: what runs has to stop at once. */
export class LeadershipLostError extends Error {
  override readonly name = "LeadershipLostError";
}
