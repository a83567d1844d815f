/** A folder of its own for one test. */

/** Makes a folder that is removed again, with what it holds, whatever happens. */
export function temporary(): { readonly path: string } & Disposable {
  const path = Deno.makeTempDirSync();
  return {
    path,
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}
