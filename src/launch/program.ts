// An ES import reads all exports of a module of Node, and some of them load further modules.
const { readFileSync } = process.getBuiltinModule("node:fs");
const { createRequire } = process.getBuiltinModule("node:module");
const { join } = process.getBuiltinModule("node:path");
const { Script } = process.getBuiltinModule("node:vm");
const { crc32 } = process.getBuiltinModule("node:zlib");

/** `src/main.ts` and all that it imports, as one CommonJS module. */
const PROGRAM = "program.cjs";
/** In bytes. */
const CHECKSUM_SIZE = 4;

/** The exports of `src/main.ts`. */
type Main = { readonly ended: Promise<never> };
type Module = { exports: unknown };
type Wrapper = (require: NodeJS.Require, module: Module, exports: unknown) => void;

/** The program of a folder, compiled but not started. */
export type CompiledProgram = {
  /** File of V8's code cache for exactly this program. */
  readonly cachePath: string;
  /** Whether V8 took the code from that file. */
  readonly isFromCache: boolean;
  start(): Main;
  /** Content of that file with all that V8 has compiled until now. */
  codeCache(): Uint8Array;
};

/**
 * Compiles the program of `folder` with V8's code cache that lies beside it, if V8 accepts the cache.
 *
 * Node's own cache (`module.enableCompileCache`) contains the path of the folder in which it was made, lacks functions
 * that are compiled when they are called, and is written by whoever runs the program.
 */
export function compileProgram(folder: string): CompiledProgram {
  const path = join(folder, PROGRAM);
  const source = readFileSync(path);
  // V8 only compares the lengths of the sources. Programs of two commits often have the same.
  const cachePath = join(folder, "compile-cache", crc32(source).toString(16).padStart(8, "0"));
  const cachedData = readCache(cachePath);
  const script = new Script(`(function (require, module, exports) {${source.toString()}\n})`, {
    // The cache contains the name: with a path, it would depend on the folder.
    filename: PROGRAM,
    ...(cachedData !== undefined && { cachedData }),
  });
  return {
    cachePath,
    isFromCache: script.cachedDataRejected === false,
    start: () => {
      const module: Module = { exports: {} };
      (script.runInThisContext() as Wrapper)(createRequire(path), module, module.exports);
      return module.exports as Main;
    },
    codeCache: () => withChecksum(script.createCachedData()),
  };
}

/** Loads the program as Node loads any module, so that Node uses its source map. */
export function requireProgram(folder: string): Main {
  return createRequire(join(folder, PROGRAM))(`./${PROGRAM}`) as Main;
}

// V8 believes what it reads, and crashes on a cache with one wrong bit.
function withChecksum(data: Buffer): Buffer {
  return Buffer.concat([data, checksumOf(data)]);
}

function readCache(path: string): Buffer | undefined {
  const content = readIfPresent(path);
  const data = content?.subarray(0, -CHECKSUM_SIZE);
  return data !== undefined && content?.subarray(data.length).equals(checksumOf(data)) ? data : undefined;
}

function checksumOf(data: Buffer): Buffer {
  const checksum = Buffer.alloc(CHECKSUM_SIZE);
  checksum.writeUInt32LE(crc32(data));
  return checksum;
}

function readIfPresent(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
