/** Vulkan drivers that the loader would find on Linux, by their manifest files. */

const FOLDERS = [
  "/usr/share/vulkan/icd.d",
  "/etc/vulkan/icd.d",
  "/usr/local/share/vulkan/icd.d",
];

/** Paths of the manifests; none means that WebGPU has no Vulkan adapter. */
export function findVulkanDrivers(): string[] {
  return FOLDERS.flatMap((folder) => {
    try {
      return [...Deno.readDirSync(folder)]
        .filter(({ name }) => name.endsWith(".json"))
        .map(({ name }) => `${folder}/${name}`);
    } catch {
      return [];
    }
  });
}
