import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * The compiled QuickJS engine. Compiling takes tens of milliseconds, and a compiled module is immutable, so every
 * sandbox of a thread shares one.
 */
export function compileQuickJs(): Promise<WebAssembly.Module> {
  compiled ??= readFile(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')).then((bytes) =>
    WebAssembly.compile(bytes),
  );
  return compiled;
}
