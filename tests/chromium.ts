/** The browser that the browser tests drive. */

const PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** Path of a Chromium, from CHROMIUM or where systems keep it; `undefined` if there is none. */
export function findChromium(): string | undefined {
  return [Deno.env.get("CHROMIUM"), ...PATHS].find((path) => {
    try {
      return path !== undefined && Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}
