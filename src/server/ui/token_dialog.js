/**
 * Asks for the token of a server that wants one.
 *
 * @module
 */

import { byId } from "./element.js";

/**
 * @param {boolean} isWrong Whether the one before was refused.
 * @returns {Promise<string | undefined>} `undefined` if the user gives none.
 */
export function askForToken(isWrong) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("token-dialog"));
  const input = /** @type {HTMLInputElement} */ (byId("token"));
  byId("token-problem").hidden = !isWrong;
  input.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    byId("token-cancel").onclick = () => dialog.close();
    dialog.onclose = () => {
      const token = input.value.trim();
      input.value = "";
      resolve(dialog.returnValue === "ok" && token ? token : undefined);
    };
  });
}
