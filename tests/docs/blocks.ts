/**
 * The commands of README and docs: blocks fenced as `sh` are run by a test,
 * those that this machine cannot run are fenced as `text`.
 */

/** A block of commands and where it stands. */
export interface Block {
  readonly file: string;
  /** Of its first command. */
  readonly line: number;
  readonly commands: readonly string[];
}

const root = new URL("../../", import.meta.url);

/** The pages for users: README and docs. */
export async function userPages(): Promise<string[]> {
  const pages = ["README.md"];
  for await (const { name } of Deno.readDir(new URL("docs/", root))) {
    if (name.endsWith(".md")) pages.push(`docs/${name}`);
  }
  return pages.sort();
}

/** All `sh` blocks, in the order of the pages. */
export async function shellBlocks(): Promise<Block[]> {
  const blocks: Block[] = [];
  for (const file of await userPages()) {
    const text = await Deno.readTextFile(new URL(file, root));
    for (const match of text.matchAll(/^```sh\n([^]*?)^```$/gm)) {
      blocks.push({
        file,
        line: text.slice(0, match.index).split("\n").length + 1,
        commands: match[1]!.replaceAll("\\\n", " ").split("\n")
          .map((line) => line.replace(/\s+#\s.*$/, "").trim())
          .filter((line) => line !== ""),
      });
    }
  }
  return blocks;
}
