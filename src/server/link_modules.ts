/**
 * One script of many modules, so that a browser asks once. The modules stay as
 * they are written: each becomes a function of its own, in the order in which
 * they need each other.
 *
 * @module
 */

const IMPORT = /^import (\{[^}]*\}) from "([^"]+)";$/gm;
const EXPORT = /^export ((?:async )?function|class|const) (\w+)/gm;

/**
 * Links `entry` and all that it imports.
 *
 * @param modules text by file name; folders do not count
 * @throws {SyntaxError} If a module imports or exports in another way than by
 * names, needs one that is not there, or needs itself.
 */
export function linkModules(
  modules: Readonly<Record<string, string>>,
  entry: string,
): string {
  const linked = new Map<string, string>();
  const open = new Set<string>();

  function link(name: string): void {
    if (linked.has(name)) return;
    const text = modules[name];
    if (text === undefined || open.has(name)) {
      const why = text === undefined ? "is not there" : "needs itself";
      throw new SyntaxError(`Cannot link ${entry}: ${name} ${why}`);
    }
    open.add(name);
    const names = [...text.matchAll(EXPORT)].map(([, , name]) => name!);
    const body = text
      .replaceAll(EXPORT, "$1 $2")
      .replaceAll(IMPORT, (_, imported: string, path: string) => {
        const other = path.split("/").at(-1)!;
        link(other);
        return `const ${imported.replaceAll(" as ", ": ")} = ${
          variableOf(other)
        };`;
      });
    const stray = /^(import|export)\b.*/m.exec(body)?.[0];
    if (stray !== undefined) {
      throw new SyntaxError(
        `Cannot link ${name} as it must import and export by names: "${stray}"`,
      );
    }
    linked.set(
      name,
      name === entry
        ? body
        : `const ${variableOf(name)} = (() => {\n${body}\nreturn { ${
          names.join(", ")
        } };\n})();\n`,
    );
  }

  link(entry);
  return [...linked.values()].join("\n");
}

function variableOf(name: string): string {
  return `$${name.replaceAll(/\W/g, "_")}`;
}
