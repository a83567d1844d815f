/**
 * The npm packages that are part of the program: what its modules import, and
 * what those need.
 *
 * @module
 */

/** A package in the program. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, from its package.json. */
  readonly licence: string;
  /** Where it lies in Deno's cache. */
  readonly folder: string;
  /** SHA-512 of its archive, base64, from deno.lock. */
  readonly sha512: string;
  /** Keys of {@linkcode Packages} that it needs. */
  readonly needs: readonly string[];
  /** Whether the program itself imports it. */
  readonly isDirect: boolean;
}

/** Packages by `name@version`, with what tells their peers apart. */
export type Packages = ReadonlyMap<string, Package>;

interface Info {
  readonly modules: readonly { kind?: string; npmPackage?: string }[];
  readonly npmPackages: Readonly<
    Record<string, {
      name: string;
      version: string;
      dependencies: string[];
      localPath: string;
    }>
  >;
}

const root = new URL("../", import.meta.url);

/** Lists the packages that `cli.ts` reaches. They must have been fetched. */
export async function listPackages(): Promise<Packages> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "cli.ts"],
    cwd: root,
  }).output();
  const info: Info = JSON.parse(new TextDecoder().decode(stdout));
  const { npm } = JSON.parse(
    await Deno.readTextFile(new URL("deno.lock", root)),
  ) as { npm: Record<string, { integrity: string }> };
  const direct = new Set(
    info.modules.flatMap(({ npmPackage }) => npmPackage ?? []),
  );
  const packages = new Map<string, Package>();
  const add = async (key: string): Promise<void> => {
    if (packages.has(key)) return;
    const { name, version, dependencies, localPath } = info.npmPackages[key]!;
    const { license = "UNKNOWN" } = JSON.parse(
      await Deno.readTextFile(`${localPath}/package.json`),
    );
    packages.set(key, {
      name,
      version,
      licence: license,
      folder: localPath,
      sha512: npm[key]!.integrity.replace(/^sha512-/, ""),
      needs: dependencies,
      isDirect: direct.has(key),
    });
    for (const dependency of dependencies) await add(dependency);
  };
  for (const key of [...direct].sort()) await add(key);
  return new Map([...packages].sort(([a], [b]) => a < b ? -1 : 1));
}
