/**
 * Pictures in the page: kept as blobs, which live outside the script's memory,
 * and shown by URLs that are given back as soon as the picture is decoded.
 *
 * @module
 */

/**
 * A PNG from its base64; `undefined` if there is none.
 *
 * @param {string} base64
 * @returns {Blob | undefined}
 */
export function pictureFrom(base64) {
  if (base64 === "") return undefined;
  return new Blob([decode(base64)], { type: "image/png" });
}

/** What each image shows or is about to show. */
const shown = new WeakMap();

/**
 * Shows `picture` in `image`; the picture before it stays until it is decoded.
 *
 * @param {HTMLImageElement} image
 * @param {Blob | undefined} picture
 */
export function showPicture(image, picture) {
  if (shown.get(image) === picture) return;
  shown.set(image, picture);
  image.hidden = picture === undefined;
  if (picture === undefined) {
    image.removeAttribute("src");
    return;
  }
  const url = URL.createObjectURL(picture);
  const giveBack = () => {
    URL.revokeObjectURL(url);
    image.removeEventListener("load", giveBack);
    image.removeEventListener("error", giveBack);
  };
  image.addEventListener("load", giveBack);
  image.addEventListener("error", giveBack);
  image.src = url;
}

/**
 * @param {string} base64
 * @returns {Uint8Array<ArrayBuffer>}
 */
function decode(base64) {
  // Browsers of 2024 lack `fromBase64`.
  return Uint8Array.fromBase64?.(base64) ??
    Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
