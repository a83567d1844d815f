/**
 * Prints the software bill of materials of the compiled binary: CycloneDX 1.6,
 * JSON.
 *
 *     deno task sbom >splatscout.cdx.json
 *
 * @module
 */

import * as CDX from "npm:@cyclonedx/cyclonedx-library@10.3.0";
import { listPackages } from "./packages.ts";

const { name, version } = JSON.parse(
  await Deno.readTextFile(new URL("../deno.json", import.meta.url)),
);
const { Bom, Component, SpdxLicense, Tool } = CDX.Models;
const { Application, Library, Platform } = CDX.Enums.ComponentType;

const program = new Component(Application, name.replace(/^@.*\//, ""), {
  version,
  bomRef: name,
});
program.licenses.add(new SpdxLicense("MIT"));
const bom = new Bom();
bom.metadata.component = program;
bom.metadata.tools.tools.add(
  new Tool({ name: "deno compile", version: Deno.version.deno }),
);

const deno = new Component(Platform, "deno", {
  version: Deno.version.deno,
  bomRef: `deno@${Deno.version.deno}`,
  purl: `pkg:github/denoland/deno@v${Deno.version.deno}`,
});
deno.licenses.add(new SpdxLicense("MIT"));
bom.components.add(deno);
program.dependencies.add(deno.bomRef);

const packages = await listPackages();
const components = new Map<string, CDX.Models.Component>();
for (const [key, { name, version, licence, sha512 }] of packages) {
  const [scope, plain] = name.startsWith("@")
    ? name.split("/")
    : [undefined, name];
  const component = new Component(Library, plain!, {
    group: scope,
    version,
    bomRef: key,
    purl: `pkg:npm/${
      scope ? `${encodeURIComponent(scope)}/` : ""
    }${plain}@${version}`,
  });
  component.licenses.add(new SpdxLicense(licence));
  component.hashes.set(
    CDX.Enums.HashAlgorithm["SHA-512"],
    Uint8Array.fromBase64(sha512).toHex(),
  );
  components.set(key, component);
  bom.components.add(component);
  program.dependencies.add(component.bomRef);
}
for (const [key, { needs }] of packages) {
  for (const need of needs) {
    components.get(key)!.dependencies.add(components.get(need)!.bomRef);
  }
}

const { JSON: ToJson, JsonSerializer } = CDX.Serialize;
const serializer = new JsonSerializer(
  new ToJson.Normalize.Factory(CDX.Spec.Spec1dot6),
);
// deno-lint-ignore no-console
console.log(serializer.serialize(bom, { sortLists: true, space: 2 }));
