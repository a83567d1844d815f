/**
 * Dark or light: as the system has it, or as the user chose in this browser.
 *
 * @module
 */

import { byId } from "./element.js";

const key = "splatscout-theme";
const choices = ["system", "light", "dark"];
/** @type {Record<string, string>} */
const words = {
  system: "Colours: as the system has them",
  light: "Colours: light",
  dark: "Colours: dark",
};

/**
 * Shows the stored choice and lets the button change it.
 *
 * @param {() => void} onChange The colours are others now.
 */
export function startTheme(onChange) {
  const button = byId("theme");
  let choice = localStorage.getItem(key) ?? "system";
  const show = () => {
    if (choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    button.title = words[choice] ?? "";
    button.setAttribute("aria-label", button.title);
  };
  show();
  button.addEventListener("click", () => {
    choice = choices[(choices.indexOf(choice) + 1) % choices.length] ??
      "system";
    localStorage.setItem(key, choice);
    show();
    onChange();
  });
  matchMedia("(prefers-color-scheme: dark)")
    .addEventListener("change", onChange);
}
