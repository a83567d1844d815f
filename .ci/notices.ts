/**
 * Writes THIRD_PARTY_NOTICES.md: the licences of what the binary contains.
 *
 *     deno task notices
 *
 * @module
 */

import { listPackages } from "./packages.ts";

const LICENCE_FILE = /^(licen[cs]e|notice|copying)/i;

/** The text of THIRD_PARTY_NOTICES.md. */
export async function noticesText(): Promise<string> {
  const parts = [
    `# Third-party notices

The compiled binary of splatscout holds [Deno](https://deno.com) ${Deno.version.deno}
(MIT licence, with the notices of its own parts, V8 among them) and the npm
packages below, each with its licence. This file is made by \`deno task notices\`.`,
  ];
  for (
    const { name, version, licence, folder } of (await listPackages()).values()
  ) {
    parts.push(`## ${name} ${version}\n\nLicence: ${licence}`);
    for (const path of await licenceFiles(folder)) {
      const text = await Deno.readTextFile(`${folder}/${path}`);
      parts.push(
        `${path}:\n\n\`\`\`text\n${text.replaceAll("\r", "").trim()}\n\`\`\``,
      );
    }
  }
  return `${parts.join("\n\n")}\n`;
}

/** Licence files anywhere in a package, as paths within it, sorted. */
async function licenceFiles(folder: string, within = ""): Promise<string[]> {
  const found: string[] = [];
  for await (
    const { name, isDirectory } of Deno.readDir(`${folder}/${within}`)
  ) {
    const path = within + name;
    if (isDirectory) found.push(...await licenceFiles(folder, `${path}/`));
    else if (LICENCE_FILE.test(name)) found.push(path);
  }
  return found.sort();
}

if (import.meta.main) {
  await Deno.writeTextFile(
    new URL("../THIRD_PARTY_NOTICES.md", import.meta.url),
    await noticesText(),
  );
}
