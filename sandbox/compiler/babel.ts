/**
 * The two Babel packages the compiler runs on, loaded at first use: importing this module costs a command
 * that compiles nothing no time.
 */
import { createRequire } from 'node:module';
import type * as Generator from '@babel/generator';
import type * as Parser from '@babel/parser';

const require = createRequire(import.meta.url);
let loadedParser: typeof Parser | undefined;
let loadedGenerator: typeof Generator.generate | undefined;

export function babelParser(): typeof Parser {
  loadedParser ??= require('@babel/parser') as typeof Parser;
  return loadedParser;
}

export function babelGenerate(): typeof Generator.generate {
  loadedGenerator ??= (require('@babel/generator') as { generate: typeof Generator.generate }).generate;
  return loadedGenerator;
}
