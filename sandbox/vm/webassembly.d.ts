/** The part of the WebAssembly interface that is used here. TypeScript has it only among the types of browsers. */
declare namespace WebAssembly {
  class Module {
    private readonly brand;
  }
  class Instance {
    constructor(module: Module, imports: Imports);
    private readonly brand;
  }
  class Memory {
    constructor(limits: { readonly initial: number; readonly maximum: number });
    readonly buffer: ArrayBuffer;
    /** Called by the engine's start-up code when its allocator wants more. */
    grow: (pages: number) => number;
  }
  class RuntimeError extends Error {}
  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  function compile(bytes: Uint8Array): Promise<Module>;
}
