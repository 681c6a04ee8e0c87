/** A patch that cannot be applied; `message` is what the API server says. */
export class PatchError extends Error {
  override readonly name = "PatchError";
  readonly code: 400 | 422;
  readonly reason: "BadRequest" | "Invalid";

  private constructor(code: 400 | 422, message: string) {
    super(message);
    this.code = code;
    this.reason = code === 400 ? "BadRequest" : "Invalid";
  }

  /** The patch itself is malformed. */
  static malformed(message: string): PatchError {
    return new PatchError(400, message);
  }

  /** The patch does not fit the object, for example because a `test` failed. The server does not say more. */
  static unprocessable(): PatchError {
    return new PatchError(422, "the server rejected our request due to an error in our request");
  }
}
